// /proc/kallsyms: "address type name" lines, in no order that one could rely on.
#include "os/kernel_symbols.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include "os/file.hpp"

namespace faultlab::os {
namespace {

struct Symbol {
  std::uint64_t address = 0;
  bool wanted = false;
};

// Data, too: what follows a function ends it.
std::vector<Symbol> symbols_in(std::string_view text, std::span<const std::string_view> names) {
  std::vector<Symbol> symbols;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    Symbol symbol;
    const auto [rest, error] = std::from_chars(line.data(), line.data() + line.size(), symbol.address, 16);
    const auto name = line.substr(std::min<std::size_t>(rest - line.data() + 3, line.size()));
    if (error != std::errc() || name.empty()) continue;
    const std::string_view plain = name.substr(0, name.find('\t'));  // a module's name may follow
    symbol.wanted = std::find(names.begin(), names.end(), plain) != names.end();
    symbols.push_back(symbol);
  }
  return symbols;
}

}  // namespace

Result<std::vector<AddressRange>> functions_in(std::string_view text,
                                               std::span<const std::string_view> names) {
  std::vector<Symbol> symbols = symbols_in(text, names);
  std::sort(symbols.begin(), symbols.end(),
            [](const Symbol& a, const Symbol& b) { return a.address < b.address; });
  if (symbols.empty() || symbols.back().address == 0) {
    return fail("/proc/kallsyms shows no addresses", "run as root, with kernel.kptr_restrict below 2");
  }
  std::vector<AddressRange> found;
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    if (!symbols[i].wanted) continue;
    const auto next = std::find_if(symbols.begin() + static_cast<std::ptrdiff_t>(i), symbols.end(),
                                   [&](const Symbol& each) { return each.address > symbols[i].address; });
    if (next != symbols.end()) found.push_back({symbols[i].address, next->address});
  }
  return found;
}

Result<std::vector<AddressRange>> kernel_functions(std::span<const std::string_view> names) {
  auto text = read_text("/proc/kallsyms");
  if (!text) return propagate(std::move(text));
  return functions_in(*text, names);
}

}  // namespace faultlab::os
