#include "coordinator/pattern/cidr.h"

#include <algorithm>
#include <charconv>

namespace gtsim::pattern {
namespace {

constexpr std::size_t kV4Bytes = 4;
constexpr std::size_t kV6Bytes = 16;

// A whole number of at most `longest` digits without leading zeros.
std::optional<int> decimal(std::string_view text, std::size_t longest) {
  if (text.empty() || text.size() > longest) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

bool parse_v4(std::string_view text, std::uint8_t* out) {
  for (std::size_t i = 0; i < kV4Bytes; ++i) {
    const std::size_t dot = i + 1 < kV4Bytes ? text.find('.') : text.size();
    if (dot == std::string_view::npos) return false;
    const auto part = decimal(text.substr(0, dot), 3);
    if (!part || *part > 255) return false;
    out[i] = static_cast<std::uint8_t>(*part);
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return true;
}

bool parse_group(std::string_view text, std::uint8_t* out) {
  if (text.empty() || text.size() > 4) return false;
  unsigned value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (code != std::errc{} || end != text.data() + text.size()) return false;
  out[0] = static_cast<std::uint8_t>(value >> 8);
  out[1] = static_cast<std::uint8_t>(value & 0xFF);
  return true;
}

// Colon-separated groups, the last of which may be a dotted quad; how many bytes they fill.
std::optional<std::size_t> parse_groups(std::string_view text, std::uint8_t* out) {
  std::size_t filled = 0;
  if (text.empty()) return filled;
  for (;;) {
    const std::size_t colon = text.find(':');
    const std::string_view group = text.substr(0, colon);
    const bool last = colon == std::string_view::npos;
    if (last && group.find('.') != std::string_view::npos) {
      if (filled + kV4Bytes > kV6Bytes || !parse_v4(group, out + filled)) return std::nullopt;
      return filled + kV4Bytes;
    }
    if (filled + 2 > kV6Bytes || !parse_group(group, out + filled)) return std::nullopt;
    filled += 2;
    if (last) return filled;
    text.remove_prefix(colon + 1);
  }
}

bool parse_v6(std::string_view text, std::array<std::uint8_t, kV6Bytes>& out) {
  const std::size_t gap = text.find("::");
  std::array<std::uint8_t, kV6Bytes> front{};
  const auto before = parse_groups(text.substr(0, gap), front.data());
  if (!before) return false;
  out = front;
  if (gap == std::string_view::npos) return *before == kV6Bytes;
  const std::string_view head = text.substr(0, gap);
  if (head.find('.') != std::string_view::npos) return false;
  std::array<std::uint8_t, kV6Bytes> back{};
  const auto after = parse_groups(text.substr(gap + 2), back.data());
  // The gap stands for at least one group.
  if (!after || *before + *after > kV6Bytes - 2) return false;
  std::copy_n(back.begin(), *after, out.end() - static_cast<std::ptrdiff_t>(*after));
  return true;
}

}  // namespace

bool CidrBlock::holds(const IpAddress& other) const {
  if (other.is_v6 != address.is_v6) return false;
  int bits = prefix_bits;
  for (std::size_t i = 0; bits > 0; ++i, bits -= 8) {
    const int kept = std::min(bits, 8);
    const auto mask = static_cast<std::uint8_t>(0xFF00 >> kept);
    if (((other.bytes[i] ^ address.bytes[i]) & mask) != 0) return false;
  }
  return true;
}

std::optional<IpAddress> parse_ip_address(std::string_view text) {
  IpAddress address;
  address.is_v6 = text.find(':') != std::string_view::npos;
  const bool good =
      address.is_v6 ? parse_v6(text, address.bytes) : parse_v4(text, address.bytes.data());
  if (!good) return std::nullopt;
  return address;
}

std::optional<CidrBlock> parse_cidr(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = parse_ip_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  const int most = address->is_v6 ? 128 : 32;
  if (slash == std::string_view::npos) return CidrBlock{*address, most};
  const auto bits = decimal(text.substr(slash + 1), 3);
  if (!bits || *bits > most) return std::nullopt;
  return CidrBlock{*address, *bits};
}

}  // namespace gtsim::pattern
