// The medium `host`: the file system that the user's data folder lies on.
#include <utility>

#include "catalogue/medium_spec.hpp"

namespace faultlab {
namespace {

class HostMedium final : public Medium {
 public:
  explicit HostMedium(std::string folder) : folder_(std::move(folder)) {}
  const std::string& folder() const override { return folder_; }

 private:
  std::string folder_;
};

}  // namespace

extern const MediumSpec host_medium;
const MediumSpec host_medium = {
    {.name = "host", .summary = "the file system of the data folder, with the host's own settings"},
    Store::host,
    false,
    [](const MediumRequest& request, const Options&) -> Result<std::unique_ptr<Medium>> {
      return std::make_unique<HostMedium>(request.folder);
    }};

}  // namespace faultlab
