// The order `uniform`: independent draws, every block as likely as any other.
#include "base/random.hpp"
#include "order/range.hpp"

namespace faultlab {
namespace {

class Uniform final : public Order {
 public:
  explicit Uniform(const OrderSetup& setup)
      : blocks_(setup.blocks), block_(setup.block.value), random_(order::worker_seed(setup)) {}

  void fill(std::span<std::uint64_t> offsets) override {
    // Drawn from a copy, because the compiler keeps a local generator in registers.
    Random random = random_;
    for (auto& offset : offsets) offset = random.below(blocks_) * block_;
    random_ = random;
  }

 private:
  std::uint64_t blocks_;
  std::uint64_t block_;
  Random random_;
};

}  // namespace

extern const OrderSpec uniform_order;
constinit const OrderSpec uniform_order = {
    .row = {.name = "uniform",
            .summary = "each access draws a block of the whole dataset, all equally likely"},
    .covers = false,
    .make = [](const OrderSetup& setup, const Options&) -> std::unique_ptr<Order> {
      return std::make_unique<Uniform>(setup);
    }};

}  // namespace faultlab
