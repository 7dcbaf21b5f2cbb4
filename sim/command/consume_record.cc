#include "sim/command/consume_record.h"

#include <boost/json.hpp>

#include "coordinator/handler/json_parse.h"
#include "coordinator/handler/reply.h"
#include "region-node/base/clock_range.h"
#include "region-node/item/dynamodb_json.h"

namespace gtsim {
namespace {

namespace json = boost::json;

constexpr std::string_view kTruncated = R"({"event":"truncated",)";
// An attribute of this name would hold a type letter where the service's own member holds these.
constexpr std::string_view kApiIdentity = R"("userIdentity":{"Type":"Service","PrincipalId":)";
constexpr std::string_view kLambdaIdentity = R"("userIdentity":{"type":"Service","principalId":)";

const json::value* member(const json::value* of, std::string_view name) {
  const json::object* members = of == nullptr ? nullptr : of->if_object();
  return members == nullptr ? nullptr : members->if_contains(name);
}

std::string text_of(const json::value* value) {
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(*text);
}

// Strings, numbers and binaries are the only types of keys: one member, whose value is a string.
std::string key_text(const json::object& keys) {
  std::string out;
  for (const auto& attribute : keys) {
    if (!out.empty()) out += ' ';
    out += std::string_view(attribute.key());
    out += '=';
    const json::object* typed = attribute.value().if_object();
    if (typed != nullptr && typed->size() == 1) out += text_of(&typed->begin()->value());
  }
  for (char& character : out) {
    if (static_cast<unsigned char>(character) < 0x20 || character == 0x7f) character = ' ';
  }
  return out;
}

Error not_a_record(std::string_view line, std::string_view why) {
  return {Errc::kInput, std::string(why) + ": " + quoted(line)};
}

}  // namespace

Result<ConsumedRecord> read_record_line(std::string_view line) {
  json::error_code fault;
  const json::value record = parse_json(line, fault);
  if (fault) return not_a_record(line, "not JSON");
  const json::value* change = member(&record, "dynamodb");
  const json::value* keys = member(change, "Keys");
  const json::value* created = member(change, "ApproximateCreationDateTime");
  ConsumedRecord out;
  out.line = line;
  out.event = text_of(member(&record, "eventName"));
  out.sequence_number = text_of(member(change, "SequenceNumber"));
  if (!line.ends_with('}') || out.event.empty() || out.sequence_number.empty() || keys == nullptr ||
      !keys->is_object()) {
    return not_a_record(line, "not a stream record");
  }
  if (created != nullptr && created->is_int64()) {
    constexpr std::int64_t kLatestSecond = kLatestClock.us / 1'000'000;
    out.created_seconds = created->get_int64();
    if (out.created_seconds < 0 || out.created_seconds > kLatestSecond) {
      return not_a_record(line, "ApproximateCreationDateTime is no time from 1970 to 9999");
    }
  }
  out.key = key_text(keys->get_object());
  out.shard_id = text_of(member(&record, "shardId"));
  const json::value* origin = member(&record, "origin");
  out.replicated = text_of(member(origin, "kind")) == "REPLICATION";
  out.origin_region = text_of(member(origin, "region"));
  out.by_ttl =
      text_of(member(member(&record, "userIdentity"), "PrincipalId")) == "dynamodb.amazonaws.com";
  return out;
}

bool is_truncation(std::string_view line) {
  return line.starts_with(kTruncated);
}

void append_lambda_record(std::string& out, std::string_view line, std::string_view stream_arn) {
  line.remove_suffix(1);  // the closing brace; read_record_line() has seen it
  if (const std::size_t at = line.find(kApiIdentity); at != line.npos) {
    out += line.substr(0, at);
    out += kLambdaIdentity;
    out += line.substr(at + kApiIdentity.size());
  } else {
    out += line;
  }
  out += R"(,"eventSourceARN":)";
  append_json_string(out, stream_arn);
  out += '}';
}

}  // namespace gtsim
