// The order `hotset`: a fixed share of the accesses goes to a fixed share of the blocks.
#include <array>

#include "order/bijection.hpp"
#include "order/range.hpp"

namespace faultlab {
namespace {

// The hot blocks are the first `hot_` places of a bijection: scattered, and the same for all workers.
class Hotset final : public Order {
 public:
  Hotset(const OrderSetup& setup, double blocks_percent, double accesses_percent)
      : hot_(order::blocks_of(setup, blocks_percent)),
        cold_(setup.blocks - hot_),
        hot_chance_(cold_ == 0 ? 1 : accesses_percent / 100),
        scatter_(setup.blocks, derive_seed(setup.seed, "hotset scatter")),
        block_(setup.block.value),
        random_(order::worker_seed(setup)) {}

  void fill(std::span<std::uint64_t> offsets) override {
    Random random = random_;
    for (auto& offset : offsets) {
      const bool hot = random.unit() < hot_chance_;
      const std::uint64_t place = hot ? random.below(hot_) : hot_ + random.below(cold_);
      offset = scatter_(place) * block_;
    }
    random_ = random;
  }

 private:
  std::uint64_t hot_;
  std::uint64_t cold_;
  double hot_chance_;
  order::Bijection scatter_;
  std::uint64_t block_;
  Random random_;
};

constexpr std::array kHotsetOptions = {order::kHotBlocks,
                                       OptionSpec{.name = "hot_accesses_percent",
                                                  .type = OptionType::number,
                                                  .fallback = "90",
                                                  .meaning = "share of the accesses that go to hot blocks",
                                                  .minimum = 0,
                                                  .maximum = 100}};

}  // namespace

extern const OrderSpec hotset_order;
constinit const OrderSpec hotset_order = {
    .row = {.name = "hotset",
            .summary =
                "a share of the accesses goes to a small share of the blocks, scattered over the dataset",
            .options = kHotsetOptions},
    .covers = false,
    .make = [](const OrderSetup& setup, const Options& options) -> std::unique_ptr<Order> {
      return std::make_unique<Hotset>(setup, options.number("hot_blocks_percent"),
                                      options.number("hot_accesses_percent"));
    }};

}  // namespace faultlab
