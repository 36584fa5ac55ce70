// The order `stride`: every stride-th block of the worker's share, then the same one block later.
#include <algorithm>
#include <array>

#include "order/range.hpp"

namespace faultlab {
namespace {

class Stride final : public Order {
 public:
  Stride(const OrderSetup& setup, std::uint64_t stride) {
    const order::BlockRange share = order::share_of(setup);
    block_ = setup.block.value;
    first_ = share.first * block_;
    end_ = share.end * block_;
    // A stride beyond the share has one block per phase, as one of the share's length has; the
    // smaller one keeps offsets within 64 bits.
    step_ = std::min(stride, share.size()) * block_;
    phase_ = first_;
    next_ = first_;
  }

  void fill(std::span<std::uint64_t> offsets) override {
    for (auto& offset : offsets) {
      offset = next_;
      next_ += step_;
      if (next_ >= end_) start_next_phase();
    }
  }

 private:
  void start_next_phase() {
    phase_ += block_;
    if (phase_ == first_ + step_) phase_ = first_;
    next_ = phase_;
  }

  std::uint64_t block_;
  std::uint64_t first_;
  std::uint64_t end_;
  std::uint64_t step_;
  std::uint64_t phase_;  // the offset at which this phase began
  std::uint64_t next_;
};

constexpr std::array kStrideOptions = {OptionSpec{.name = "stride",
                                                  .type = OptionType::integer,
                                                  .fallback = "64",
                                                  .meaning = "blocks from one access to the next",
                                                  .minimum = 1}};

}  // namespace

extern const OrderSpec stride_order;
constinit const OrderSpec stride_order = {
    .row = {.name = "stride",
            .summary = "every stride-th block, then again one block later, until each was visited once",
            .options = kStrideOptions},
    .covers = true,
    .make = [](const OrderSetup& setup, const Options& options) -> std::unique_ptr<Order> {
      return std::make_unique<Stride>(setup, options.integer("stride"));
    }};

}  // namespace faultlab
