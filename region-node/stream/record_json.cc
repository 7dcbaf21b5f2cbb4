#include "region-node/stream/record_json.h"

#include <array>
#include <charconv>

#include "region-node/base/check.h"
#include "region-node/item/canonical.h"
#include "region-node/item/dynamodb_json.h"

namespace gtsim {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;

bool shows_new_image(const StreamRecord& record, StreamViewType view) {
  return record.new_image && carries_new_image(view);
}

bool shows_old_image(const StreamRecord& record, StreamViewType view) {
  return record.old_image && carries_old_image(view);
}

void append_number(std::string& out, std::int64_t value) {
  std::array<char, 20> text;  // "-9223372036854775808"
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), end);
}

// Rounded down, also before 1970.
std::int64_t whole_seconds(WallTime time) {
  const std::int64_t seconds = time.us / kMicrosPerSecond;
  return time.us % kMicrosPerSecond < 0 ? seconds - 1 : seconds;
}

void append_change(std::string& out, const StreamRecord& record, std::string_view key_bytes,
                   const Stream& stream) {
  const StreamViewType view = stream.view();
  out += R"("dynamodb":{"ApproximateCreationDateTime":)";
  append_number(out, whole_seconds(record.created_at));
  out += R"(,"Keys":)";
  append_item_json(out, key_bytes);
  if (shows_new_image(record, view)) {
    out += R"(,"NewImage":)";
    append_item_json(out, record.new_image.bytes());
  }
  if (shows_old_image(record, view)) {
    out += R"(,"OldImage":)";
    append_item_json(out, record.old_image.bytes());
  }
  out += R"(,"SequenceNumber":")";
  out += stream.sequence_number(record.number);
  out += R"(","SizeBytes":)";
  append_number(out, static_cast<std::int64_t>(record_size_bytes(record, key_bytes, view)));
  out += R"(,"StreamViewType":")";
  out += to_text(view);
  out += "\"}";
}

void append_origin(std::string& out, const StreamRecord& record,
                   std::span<const std::string> region_names) {
  CHECK(record.version.origin.index() < region_names.size());
  const std::string& region = region_names[record.version.origin.index()];
  out += R"(,"origin":{"kind":")";
  out += to_text(record.origin);
  out += R"(","region":)";
  append_json_string(out, region);
  out += R"(,"version":{"timestamp":")";
  out += to_iso8601(record.version.timestamp, /*digits=*/6);
  out += R"(","region":)";
  append_json_string(out, region);
  out += "}}";
}

}  // namespace

void append_record_json(std::string& out, const StreamRecord& record, std::string_view key_bytes,
                        const RecordContext& context, RecordForm form) {
  out += R"({"eventID":")";
  out += context.stream.event_id(record.number);
  out += R"(","eventName":")";
  out += to_text(record.event);
  out += R"(","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":)";
  append_json_string(out, context.region);
  out += ',';
  append_change(out, record, key_bytes, context.stream);
  if (record.ttl_identity) {
    out += form == RecordForm::kGetRecords
               ? R"(,"userIdentity":{"Type":"Service","PrincipalId":"dynamodb.amazonaws.com"})"
               : R"(,"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"})";
  }
  if (context.with_origin) append_origin(out, record, context.region_names);
  if (form == RecordForm::kLambdaEvent) {
    out += R"(,"eventSourceARN":)";
    append_json_string(out, context.stream_arn);
  }
  out += '}';
}

std::uint64_t record_size_bytes(const StreamRecord& record, std::string_view key_bytes,
                                StreamViewType view) {
  std::uint64_t size = canonical_size_bytes(key_bytes);
  if (shows_new_image(record, view)) size += record.new_image.size_bytes();
  if (shows_old_image(record, view)) size += record.old_image.size_bytes();
  return size;
}

}  // namespace gtsim
