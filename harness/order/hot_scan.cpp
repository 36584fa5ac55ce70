// The order `hot_scan`: draws from a hot set, interleaved with a scan of the whole dataset.
#include <array>

#include "order/bijection.hpp"
#include "order/range.hpp"

namespace faultlab {
namespace {

// Look-ups in a table that is being scanned. The hot blocks are scattered and the same for all workers;
// each worker scans its own part of the dataset, upwards and again.
class HotScan final : public Order {
 public:
  HotScan(const OrderSetup& setup, double hot_percent, double scan_percent)
      : hot_(order::blocks_of(setup, hot_percent)),
        scan_chance_(scan_percent / 100),
        scatter_(setup.blocks, derive_seed(setup.seed, "hot_scan scatter")),
        share_(order::share_of(setup)),
        next_(share_.first),
        block_(setup.block.value),
        random_(order::worker_seed(setup)) {}

  void fill(std::span<std::uint64_t> offsets) override {
    Random random = random_;
    for (auto& offset : offsets) {
      const bool scan = random.unit() < scan_chance_;
      offset = (scan ? scanned() : scatter_(random.below(hot_))) * block_;
    }
    random_ = random;
  }

 private:
  std::uint64_t scanned() {
    const std::uint64_t at = next_++;
    if (next_ == share_.end) next_ = share_.first;
    return at;
  }

  std::uint64_t hot_;
  double scan_chance_;
  order::Bijection scatter_;
  order::BlockRange share_;
  std::uint64_t next_;
  std::uint64_t block_;
  Random random_;
};

constexpr std::array kHotScanOptions = {order::kHotBlocks,
                                        OptionSpec{.name = "scan_accesses_percent",
                                                   .type = OptionType::number,
                                                   .fallback = "50",
                                                   .meaning = "share of the accesses that belong to the scan",
                                                   .minimum = 0,
                                                   .maximum = 100}};

}  // namespace

extern const OrderSpec hot_scan_order;
constinit const OrderSpec hot_scan_order = {
    .row = {.name = "hot_scan",
            .summary = "draws from a small hot set, interleaved with a scan of the whole dataset",
            .options = kHotScanOptions},
    .covers = false,
    .make = [](const OrderSetup& setup, const Options& options) -> std::unique_ptr<Order> {
      return std::make_unique<HotScan>(setup, options.number("hot_blocks_percent"),
                                       options.number("scan_accesses_percent"));
    }};

}  // namespace faultlab
