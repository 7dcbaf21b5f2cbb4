#include "region-node/base/time.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

namespace gtsim {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

struct CivilDate {
  std::int64_t year;
  unsigned month;
  unsigned day;
};

// std::chrono's civil calendar is constexpr arithmetic, no clock.
CivilDate civil_date(std::int64_t days) {
  const std::chrono::year_month_day date{
      std::chrono::sys_days{std::chrono::days{static_cast<int>(days)}}};
  return {int{date.year()}, unsigned{date.month()}, unsigned{date.day()}};
}

bool digits(std::string_view text, std::size_t from, std::size_t count, int& out) {
  if (from + count > text.size()) return false;
  const char* first = text.data() + from;
  for (std::size_t i = 0; i < count; ++i) {
    if (first[i] < '0' || first[i] > '9') return false;
  }
  std::from_chars(first, first + count, out);
  return true;
}

}  // namespace

std::string to_text(Duration duration) {
  std::int64_t us = duration.count();
  if (us == 0) return "0s";
  std::string out;
  if (us < 0) {
    out += '-';
    us = -us;
  }
  constexpr std::array<std::pair<std::int64_t, const char*>, 3> kUnits{
      {{kMicrosPerDay, "d"}, {3600 * kMicrosPerSecond, "h"}, {60 * kMicrosPerSecond, "m"}}};
  for (const auto& [unit, name] : kUnits) {
    if (us >= unit) {
      out += fmt::format("{}{}", us / unit, name);
      us %= unit;
    }
  }
  const auto with_fraction = [&](std::int64_t unit, const char* name) {
    std::string text = fmt::format("{}", us / unit);
    if (us % unit != 0) {
      std::string fraction = fmt::format("{:0{}}", us % unit, unit == kMicrosPerSecond ? 6 : 3);
      while (fraction.back() == '0') fraction.pop_back();
      text += '.' + fraction;
    }
    out += text + name;
  };
  if (us >= kMicrosPerSecond || (us > 0 && out.size() > 1)) {
    with_fraction(kMicrosPerSecond, "s");
  } else if (us >= 1000) {
    with_fraction(1000, "ms");
  } else if (us > 0) {
    out += fmt::format("{}us", us);
  }
  return out;
}

std::string to_iso8601(WallTime time, int fraction_digits, bool zone_letter) {
  std::int64_t days = time.us / kMicrosPerDay;
  std::int64_t rest = time.us % kMicrosPerDay;
  if (rest < 0) {
    rest += kMicrosPerDay;
    --days;
  }
  const CivilDate date = civil_date(days);
  const std::int64_t seconds = rest / kMicrosPerSecond;
  std::string out = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", date.year, date.month,
                                date.day, seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (fraction_digits > 0) {
    const std::string micros = fmt::format("{:06}", rest % kMicrosPerSecond);
    out += '.';
    out += micros.substr(0, static_cast<std::size_t>(fraction_digits));
  }
  if (zone_letter) out += 'Z';
  return out;
}

bool parse_iso8601(std::string_view text, WallTime& out) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (text.size() < 20 || text.back() != 'Z') return false;
  if (!digits(text, 0, 4, year) || text[4] != '-' || !digits(text, 5, 2, month) || text[7] != '-' ||
      !digits(text, 8, 2, day) || text[10] != 'T' || !digits(text, 11, 2, hour) ||
      text[13] != ':' || !digits(text, 14, 2, minute) || text[16] != ':' ||
      !digits(text, 17, 2, second)) {
    return false;
  }
  std::int64_t micros = 0;
  if (text[19] != 'Z') {
    const std::size_t count = text.size() - 21;
    int fraction = 0;
    if (text[19] != '.' || count < 1 || count > 6 || !digits(text, 20, count, fraction)) {
      return false;
    }
    micros = fraction;
    for (std::size_t i = count; i < 6; ++i) micros *= 10;
  } else if (text.size() != 20) {
    return false;
  }
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return false;
  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  out = WallTime{days * kMicrosPerDay +
                 (hour * 3600LL + minute * 60LL + second) * kMicrosPerSecond + micros};
  return true;
}

}  // namespace gtsim
