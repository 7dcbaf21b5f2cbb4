#include "coordinator/workload/replay_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "coordinator/workload/replay_json.h"
#include "coordinator/workload/replay_write.h"

namespace gtsim::replay {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestSequenceNumber = 40;
// The year 9999, where the text form ends.
constexpr double kLatestEpochSeconds = 253'402'300'799.0;

Result<const json::value*> required(const json::object& object, const JsonPath& path,
                                    std::string_view name) {
  const json::value* value = object.if_contains({name.data(), name.size()});
  if (value != nullptr) return value;
  return fault_at(path, fmt::format("the field `{}` of a stream record is missing", name));
}

Result<WallTime> read_created_at(const json::object& change, const JsonPath& path) {
  constexpr std::string_view kName = "ApproximateCreationDateTime";
  constexpr std::string_view kForms = "epoch seconds or a time such as \"2016-06-01T18:05:10Z\"";
  auto found = required(change, path, kName);
  if (!found) return found.error();
  const json::value& value = **found;
  if (const json::string* text = value.if_string()) {
    WallTime time;
    if (parse_timestamp(view(*text), time)) return time;
    return fault_at(path.member(kName),
                    fmt::format("expected {}, found \"{}\"", kForms, view(*text)));
  }
  if (!value.is_number()) return wrong_kind(path.member(kName), kForms, value);
  const double seconds = value.to_number<double>();
  if (!(seconds >= 0 && seconds <= kLatestEpochSeconds)) {
    return fault_at(path.member(kName), fmt::format("expected {}, found {}", kForms, seconds));
  }
  return WallTime{std::llround(seconds * 1e6)};
}

Result<std::string> read_sequence_number(const json::object& change, const JsonPath& path) {
  constexpr std::string_view kName = "SequenceNumber";
  auto found = required(change, path, kName);
  if (!found) return found.error();
  const json::string* text = (*found)->if_string();
  if (text == nullptr) return wrong_kind(path.member(kName), "a string of digits", **found);
  std::string_view digits = view(*text);
  const bool all_digits =
      std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (digits.empty() || digits.size() > kLongestSequenceNumber || !all_digits) {
    return fault_at(path.member(kName), fmt::format("expected 1 to {} digits, found \"{}\"",
                                                    kLongestSequenceNumber, digits));
  }
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  return std::string{digits};
}

Error no_new_image(const json::object& change, const JsonPath& path, std::string_view event) {
  std::string carried = "it";
  if (const json::value* view_type = change.if_contains("StreamViewType")) {
    if (const json::string* name = view_type->if_string()) {
      carried = fmt::format("its stream carries {} and", view(*name));
    }
  }
  return fault_at(path, fmt::format("the {} record has no NewImage: {} cannot be replayed; record "
                                    "a stream with the view type NEW_IMAGE or NEW_AND_OLD_IMAGES",
                                    event, carried));
}

}  // namespace

bool parse_timestamp(std::string_view text, WallTime& out) {
  if (text.ends_with('Z')) return parse_iso8601(text, out);
  // "+02:00" or "+0200"
  const std::size_t sign = text.find_last_of("+-");
  if (sign == std::string_view::npos || sign < 19) return false;
  std::string zone{text.substr(sign + 1)};
  if (zone.size() == 5 && zone[2] == ':') zone.erase(2, 1);
  const bool digits =
      std::all_of(zone.begin(), zone.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (zone.size() != 4 || !digits) return false;
  const int hours = (zone[0] - '0') * 10 + (zone[1] - '0');
  const int minutes = (zone[2] - '0') * 10 + (zone[3] - '0');
  if (hours > 23 || minutes > 59) return false;
  if (!parse_iso8601(std::string{text.substr(0, sign)} + 'Z', out)) return false;
  const Duration east{(hours * 60LL + minutes) * 60 * 1'000'000};
  out = out + (text[sign] == '+' ? -east : east);
  return true;
}

bool sequence_before(const std::string& a, const std::string& b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

Result<RecordedWrite> read_record(const json::value& from, const JsonPath& path, TableId table,
                                  const KeySchema& schema) {
  const json::object* record = from.if_object();
  if (record == nullptr) return wrong_kind(path, "a stream record", from);
  auto event_name = required(*record, path, "eventName");
  if (!event_name) return event_name.error();
  const json::string* event = (*event_name)->if_string();
  if (event == nullptr || (*event != "INSERT" && *event != "MODIFY" && *event != "REMOVE")) {
    return fault_at(path.member("eventName"),
                    fmt::format("expected INSERT, MODIFY or REMOVE, found {}",
                                event == nullptr ? describe(**event_name)
                                                 : fmt::format("\"{}\"", view(*event))));
  }
  auto dynamodb = required(*record, path, "dynamodb");
  if (!dynamodb) return dynamodb.error();
  const JsonPath inside = path.member("dynamodb");
  const json::object* change = (*dynamodb)->if_object();
  if (change == nullptr) return wrong_kind(inside, "an object", **dynamodb);

  RecordedWrite recorded;
  auto created_at = read_created_at(*change, inside);
  if (!created_at) return created_at.error();
  recorded.created_at = *created_at;
  auto sequence_number = read_sequence_number(*change, inside);
  if (!sequence_number) return sequence_number.error();
  recorded.sequence_number = std::move(*sequence_number);

  recorded.write.table = table;
  if (*event == "REMOVE") {
    auto keys = required(*change, inside, "Keys");
    if (!keys) return keys.error();
    auto key = read_key(**keys, inside.member("Keys"), schema);
    if (!key) return key.error();
    recorded.write.action = DeleteWrite{std::move(*key)};
    return recorded;
  }
  const json::value* image = change->if_contains("NewImage");
  if (image == nullptr) return no_new_image(*change, inside, view(*event));
  auto item = read_item(*image, inside.member("NewImage"), schema);
  if (!item) return item.error();
  recorded.write.action = PutWrite{std::move(*item)};
  return recorded;
}

}  // namespace gtsim::replay
