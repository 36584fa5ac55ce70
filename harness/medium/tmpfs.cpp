// The medium `tmpfs`: files that are their pages.
#include "medium/place.hpp"

namespace faultlab {
namespace {

constexpr Need kTmpfsNeeds[] = {Need::mounts};

constexpr auto kTmpfsOptions = std::to_array<OptionSpec>({medium::size_option(medium::kMib)});

class TmpfsMedium final : public Medium {
 public:
  explicit TmpfsMedium(host::OwnedMount mount) : mount_(std::move(mount)) {}
  const std::string& folder() const override { return mount_.point(); }

 private:
  host::OwnedMount mount_;
};

// Its source may be any word (tmpfs(5)): the name, so that it can be told from every other.
Result<std::unique_ptr<Medium>> make_tmpfs(const MediumRequest& request, const Options& options) {
  auto mount = host::OwnedMount::make(
      request.folder + "/" + request.name,
      {request.name, "tmpfs", fmt::format("size={},mode=0755", options.bytes("size").value)},
      request.journal);
  if (!mount) return propagate(std::move(mount));
  return std::make_unique<TmpfsMedium>(std::move(*mount));
}

}  // namespace

extern const MediumSpec tmpfs_medium;
const MediumSpec tmpfs_medium = {
    {.name = "tmpfs",
     .summary = "a tmpfs of the run's own: the pages are the file, so that nothing on it is ever cold",
     .needs = kTmpfsNeeds,
     .options = kTmpfsOptions},
    Store::memory,
    true,
    make_tmpfs};

}  // namespace faultlab
