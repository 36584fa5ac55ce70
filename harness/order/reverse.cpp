// The order `reverse`: every block of the worker's share, downwards.
#include "order/range.hpp"

namespace faultlab {
namespace {

class Reverse final : public Order {
 public:
  explicit Reverse(const OrderSetup& setup) {
    const order::BlockRange share = order::share_of(setup);
    step_ = setup.block.value;
    first_ = share.first * step_;
    end_ = share.end * step_;
    next_ = end_;
  }

  void fill(std::span<std::uint64_t> offsets) override {
    for (auto& offset : offsets) {
      next_ -= step_;
      offset = next_;
      if (next_ == first_) next_ = end_;
    }
  }

 private:
  std::uint64_t step_;
  std::uint64_t first_;
  std::uint64_t end_;
  std::uint64_t next_;  // one block above the one that comes next
};

}  // namespace

extern const OrderSpec reverse_order;
constinit const OrderSpec reverse_order = {
    .row = {.name = "reverse",
            .summary = "from the last block to the first, each worker in its own part of the dataset"},
    .covers = true,
    .make = [](const OrderSetup& setup, const Options&) -> std::unique_ptr<Order> {
      return std::make_unique<Reverse>(setup);
    }};

}  // namespace faultlab
