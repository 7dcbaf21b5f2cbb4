#include "region-node/stream/record_json.h"

#include <array>
#include <charconv>

#include "region-node/base/check.h"
#include "region-node/item/canonical.h"
#include "region-node/item/dynamodb_json.h"

namespace gtsim {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;

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

void append_change(std::string& out, const RecordView& view, const Stream& stream) {
  out += R"("dynamodb":{"ApproximateCreationDateTime":)";
  append_number(out, whole_seconds(view.record->created_at));
  out += R"(,"Keys":)";
  append_item_json(out, view.key_bytes);
  if (!view.new_image.empty()) {
    out += R"(,"NewImage":)";
    append_item_json(out, view.new_image);
  }
  if (!view.old_image.empty()) {
    out += R"(,"OldImage":)";
    append_item_json(out, view.old_image);
  }
  out += R"(,"SequenceNumber":")";
  out += stream.sequence_number(view.record->number, view.part);
  out += R"(","SizeBytes":)";
  append_number(out, static_cast<std::int64_t>(view.size_bytes()));
  out += R"(,"StreamViewType":")";
  out += to_text(stream.view());
  out += "\"}";
}

void append_identity(std::string& out, RecordIdentity identity, RecordForm form) {
  const bool api = form == RecordForm::kGetRecords;
  out += api ? R"(,"userIdentity":{"Type":"Service","PrincipalId":")"
             : R"(,"userIdentity":{"type":"Service","principalId":")";
  out += principal_of(identity);
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

void append_record_json(std::string& out, const RecordView& view, const RecordContext& context,
                        RecordForm form) {
  out += R"({"eventID":")";
  out += context.stream.event_id(view.record->number, view.part);
  out += R"(","eventName":")";
  out += to_text(view.event);
  out += R"(","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":)";
  append_json_string(out, context.region);
  out += ',';
  append_change(out, view, context.stream);
  if (view.identity != RecordIdentity::kNone) append_identity(out, view.identity, form);
  if (!context.shard_id.empty()) {
    out += R"(,"shardId":)";
    append_json_string(out, context.shard_id);
  }
  if (context.with_origin) append_origin(out, *view.record, context.region_names);
  if (form == RecordForm::kLambdaEvent) {
    out += R"(,"eventSourceARN":)";
    append_json_string(out, context.stream_arn);
  }
  out += '}';
}

}  // namespace gtsim
