#include "coordinator/handler/http_url.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "coordinator/handler/reply.h"

namespace gtsim {
namespace {

Error unusable(std::string_view text, std::string_view why) {
  return {Errc::kInput, fmt::format("{} is no address of a handler: {}", quoted(text), why)};
}

bool is_port(std::string_view text) {
  unsigned value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  return fault == std::errc() && end == text.data() + text.size() && value >= 1 && value <= 65535;
}

bool is_plain(char character) {
  return character > ' ' && character < 0x7f;
}

}  // namespace

std::string HttpUrl::authority() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return is_ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

Result<HttpUrl> parse_http_url(std::string_view text) {
  constexpr std::string_view kScheme = "http://";
  if (text.starts_with("https://")) return unusable(text, "https is not supported, http is");
  if (!text.starts_with(kScheme)) return unusable(text, "it must begin with http://");
  if (!std::all_of(text.begin(), text.end(), is_plain) || text.find('#') != text.npos) {
    return unusable(text, "it has a character that a request cannot carry");
  }
  std::string_view authority = text.substr(kScheme.size());
  const std::size_t target_begin = std::min(authority.find_first_of("/?"), authority.size());
  std::string target(authority.substr(target_begin));
  if (!target.starts_with('/')) target.insert(0, "/");
  authority = authority.substr(0, target_begin);
  if (authority.find('@') != authority.npos) return unusable(text, "a user name is not supported");

  std::string_view host = authority;
  std::string_view port = "80";
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.find(':', bracket == authority.npos ? 0 : bracket);
  if (colon != authority.npos) {
    host = authority.substr(0, colon);
    port = authority.substr(colon + 1);
  }
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find_first_of("[]") != host.npos) {
    return unusable(text, "its brackets do not match");
  }
  if (host.empty()) return unusable(text, "it names no host");
  if (!is_port(port)) return unusable(text, "a port is a number from 1 to 65535");
  return HttpUrl{std::string(text), std::string(host), std::string(port), std::move(target)};
}

}  // namespace gtsim
