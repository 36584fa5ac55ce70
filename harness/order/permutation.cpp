// The order `permutation`: every block once per pass, shuffled anew for each pass.
#include <algorithm>

#include "order/bijection.hpp"
#include "order/range.hpp"

namespace faultlab {
namespace {

// All workers share the seed, hence the shuffle: worker w takes the places of its range in it, and
// together they take every place.
class Permutation final : public Order {
 public:
  explicit Permutation(const OrderSetup& setup)
      : share_(order::share_of(setup)),
        blocks_(setup.blocks),
        block_(setup.block.value),
        seed_(setup.seed),
        place_(share_.first),
        shuffle_(shuffle_of_pass()) {}

  void fill(std::span<std::uint64_t> offsets) override {
    while (!offsets.empty()) {
      if (place_ == share_.end) start_next_pass();
      const std::size_t count = std::min<std::size_t>(offsets.size(), share_.end - place_);
      for (auto& offset : offsets.first(count)) offset = shuffle_(place_++) * block_;
      offsets = offsets.subspan(count);
    }
  }

 private:
  order::Bijection shuffle_of_pass() const { return {blocks_, derive_seed(seed_, "permutation", pass_)}; }

  void start_next_pass() {
    ++pass_;
    place_ = share_.first;
    shuffle_ = shuffle_of_pass();
  }

  order::BlockRange share_;
  std::uint64_t blocks_;
  std::uint64_t block_;
  std::uint64_t seed_;
  std::uint64_t pass_ = 0;
  std::uint64_t place_;
  order::Bijection shuffle_;
};

}  // namespace

extern const OrderSpec permutation_order;
constinit const OrderSpec permutation_order = {
    .row = {.name = "permutation",
            .summary = "every block once per pass in shuffled order, with a new shuffle for each pass"},
    .covers = true,
    .make = [](const OrderSetup& setup, const Options&) -> std::unique_ptr<Order> {
      return std::make_unique<Permutation>(setup);
    }};

}  // namespace faultlab
