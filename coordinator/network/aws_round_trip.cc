#include "coordinator/network/aws_round_trip.h"

#include <charconv>
#include <map>
#include <string>
#include <utility>

#include "region-node/base/check.h"

namespace gtsim {
namespace {

// The text of data/aws_round_trip.csv, made into a string literal when the build is configured.
constexpr std::string_view kTable =
#include "aws_round_trip.inc"
    ;

using Matrix = std::map<std::pair<std::string_view, std::string_view>, Duration>;

std::string_view take_until(std::string_view& rest, char end) {
  const std::size_t length = rest.find(end);
  const std::string_view part = rest.substr(0, length);
  rest.remove_prefix(length == std::string_view::npos ? rest.size() : length + 1);
  return part;
}

// "69.6" milliseconds to microseconds, without floating point.
Duration parse_milliseconds(std::string_view text) {
  std::int64_t whole = 0;
  std::int64_t tenth = 0;
  const std::size_t point = text.find('.');
  const std::string_view integer = text.substr(0, point);
  std::from_chars(integer.data(), integer.data() + integer.size(), whole);
  if (point != std::string_view::npos) {
    CHECK(text.size() == point + 2);
    tenth = text[point + 1] - '0';
  }
  return Duration{whole * 1000 + tenth * 100};
}

Matrix read_matrix() {
  Matrix matrix;
  std::string_view rest = kTable;
  while (!rest.empty()) {
    std::string_view line = take_until(rest, '\n');
    if (line.empty() || line.front() == '#' || line.starts_with("from_region")) continue;
    const std::string_view from = take_until(line, ',');
    const std::string_view to = take_until(line, ',');
    matrix[{from, to}] = parse_milliseconds(line);
  }
  return matrix;
}

}  // namespace

std::optional<Duration> aws_round_trip(std::string_view from, std::string_view to) {
  static const Matrix matrix = read_matrix();
  const auto found = matrix.find({from, to});
  if (found == matrix.end()) return std::nullopt;
  return found->second;
}

DelayModel resolve_aws(const DelayModel& model, std::string_view from, std::string_view to) {
  if (model.kind != DelayModel::Kind::kAws) return model;
  const auto round_trip = aws_round_trip(from, to);
  CHECK_DETAIL(round_trip.has_value(), "the reader let a region without measurements through");
  DelayModel constant;
  constant.first = *round_trip / 2;
  return constant;
}

LinkSettings resolve_aws(LinkSettings settings, std::string_view from, std::string_view to) {
  if (settings.latency) settings.latency = resolve_aws(*settings.latency, from, to);
  if (settings.jitter) settings.jitter = resolve_aws(*settings.jitter, from, to);
  return settings;
}

}  // namespace gtsim
