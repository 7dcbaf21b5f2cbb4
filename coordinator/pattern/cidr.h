// Blocks of IP addresses: "10.0.0.0/24", "2001:db8::/32".
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gtsim::pattern {

struct IpAddress {
  bool is_v6 = false;
  std::array<std::uint8_t, 16> bytes{};  // an IPv4 address fills the first four
};

struct CidrBlock {
  IpAddress address;
  int prefix_bits = 0;

  [[nodiscard]] bool holds(const IpAddress& other) const;
};

// Dotted decimal without leading zeros, or RFC 4291 text (one "::", a trailing dotted quad); no
// zone.
[[nodiscard]] std::optional<IpAddress> parse_ip_address(std::string_view text);
// A single address is a block of its own.
[[nodiscard]] std::optional<CidrBlock> parse_cidr(std::string_view text);

}  // namespace gtsim::pattern
