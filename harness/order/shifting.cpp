// The order `shifting`: a working set that moves through the dataset.
#include <array>

#include "order/bijection.hpp"
#include "order/range.hpp"

namespace faultlab {
namespace {

// A window over the places of a bijection, which scatters it over the dataset: the same for all workers. It
// moves evenly, by its own size in `period` accesses of a worker, so that it is a function of their number.
class Shifting final : public Order {
 public:
  Shifting(const OrderSetup& setup, double percent, std::uint64_t period)
      : blocks_(setup.blocks),
        window_(order::blocks_of(setup, percent)),
        period_(period),
        scatter_(setup.blocks, derive_seed(setup.seed, "shifting scatter")),
        block_(setup.block.value),
        random_(order::worker_seed(setup)) {}

  void fill(std::span<std::uint64_t> offsets) override {
    Random random = random_;
    for (auto& offset : offsets) {
      const std::uint64_t moved = begin_ + in_period_ * window_ / period_;
      offset = scatter_((moved + random.below(window_)) % blocks_) * block_;
      if (++in_period_ < period_) continue;
      in_period_ = 0;
      begin_ = (begin_ + window_) % blocks_;
    }
    random_ = random;
  }

 private:
  std::uint64_t blocks_;
  std::uint64_t window_;
  std::uint64_t period_;
  order::Bijection scatter_;
  std::uint64_t block_;
  Random random_;
  std::uint64_t begin_ = 0;      // of the window when the period began
  std::uint64_t in_period_ = 0;  // accesses
};

constexpr std::array kShiftingOptions = {
    order::kHotBlocks,
    OptionSpec{.name = "period",
               .type = OptionType::integer,
               .fallback = "1000000",
               .meaning = "after how many accesses of a worker none of the blocks that were hot is so "
                          "any more",
               .minimum = 1,
               .maximum = 1e9}};

}  // namespace

extern const OrderSpec shifting_order;
constinit const OrderSpec shifting_order = {
    .row =
        {.name = "shifting",
         .summary =
             "all accesses go to a part of the blocks, which moves through the dataset, a little with each "
             "access",
         .options = kShiftingOptions},
    .covers = false,
    .make = [](const OrderSetup& setup, const Options& options) -> std::unique_ptr<Order> {
      return std::make_unique<Shifting>(setup, options.number("hot_blocks_percent"),
                                        options.integer("period"));
    }};

}  // namespace faultlab
