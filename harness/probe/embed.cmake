# cmake -D NAME=n -D FROM=file -D TO=n.cpp -P embed.cmake: the bytes of a file as std::string_view faultlab::n
# (probe/embedded.hpp); empty where FROM is.
set(bytes "")
if(FROM)
  file(READ ${FROM} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" bytes "${hex}")
  # A string literal has a limit (MSVC's, not ours), a line has none; still, lines stay readable.
  string(REGEX REPLACE "(....................................................................)" "\\1\"\n    \"" bytes "${bytes}")
endif()
file(WRITE ${TO}.new "// Made by harness/probe/embed.cmake.
#include \"probe/embedded.hpp\"

namespace faultlab {

namespace {
constexpr char ${NAME}_bytes[] =
    \"${bytes}\";
}
const std::string_view ${NAME}(${NAME}_bytes, sizeof ${NAME}_bytes - 1);

}  // namespace faultlab
")
file(RENAME ${TO}.new ${TO})
