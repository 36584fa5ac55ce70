// The order `sequential`: every block of the worker's share, upwards.
#include "order/range.hpp"

namespace faultlab {
namespace {

class Sequential final : public Order {
 public:
  explicit Sequential(const OrderSetup& setup) {
    const order::BlockRange share = order::share_of(setup);
    step_ = setup.block.value;
    first_ = share.first * step_;
    end_ = share.end * step_;
    next_ = first_;
  }

  void fill(std::span<std::uint64_t> offsets) override {
    for (auto& offset : offsets) {
      offset = next_;
      next_ += step_;
      if (next_ == end_) next_ = first_;
    }
  }

 private:
  std::uint64_t step_;
  std::uint64_t first_;
  std::uint64_t end_;
  std::uint64_t next_;
};

}  // namespace

extern const OrderSpec sequential_order;
constinit const OrderSpec sequential_order = {
    .row = {.name = "sequential",
            .summary = "from the first block to the last, each worker in its own part of the dataset"},
    .covers = true,
    .make = [](const OrderSetup& setup, const Options&) -> std::unique_ptr<Order> {
      return std::make_unique<Sequential>(setup);
    }};

}  // namespace faultlab
