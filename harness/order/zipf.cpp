// The order `zipf`: a few blocks get most of the accesses, by a power law.
#include <array>

#include "order/bijection.hpp"
#include "order/range.hpp"
#include "order/zipf_ranks.hpp"

namespace faultlab {
namespace {

// All workers share the bijection from rank to block, so they agree on which blocks are hot; it
// keeps hot blocks from being neighbours, which read-ahead and fault-around would serve together.
class Zipf final : public Order {
 public:
  Zipf(const OrderSetup& setup, double theta)
      : ranks_(setup.blocks, theta),
        scatter_(setup.blocks, derive_seed(setup.seed, "zipf scatter")),
        block_(setup.block.value),
        random_(order::worker_seed(setup)) {}

  void fill(std::span<std::uint64_t> offsets) override {
    Random random = random_;
    for (auto& offset : offsets) offset = scatter_(ranks_.draw(random)) * block_;
    random_ = random;
  }

 private:
  order::ZipfRanks ranks_;
  order::Bijection scatter_;
  std::uint64_t block_;
  Random random_;
};

constexpr std::array kZipfOptions = {
    OptionSpec{.name = "theta",
               .type = OptionType::number,
               .fallback = "0.99",
               .meaning = "the exponent: the block of rank k is drawn in proportion to k^-theta",
               .minimum = 0.01,
               .maximum = 5}};

}  // namespace

extern const OrderSpec zipf_order;
constinit const OrderSpec zipf_order = {
    .row = {.name = "zipf",
            .summary = "a power law: few blocks get most accesses, and they lie scattered over the dataset",
            .options = kZipfOptions},
    .covers = false,
    .make = [](const OrderSetup& setup, const Options& options) -> std::unique_ptr<Order> {
      return std::make_unique<Zipf>(setup, options.number("theta"));
    }};

}  // namespace faultlab
