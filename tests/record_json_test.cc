// Records as text: whole values, compared with what the service prints.
#include "region-node/stream/record_json.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <regex>
#include <string>
#include <vector>

#include "region-node/item/canonical.h"
#include "region-node/item/dynamodb_json.h"

namespace gtsim {
namespace {

const std::vector<std::string> kRegions = {"eu-west-1", "us-east-1"};

Image image(std::string_view json) {
  return Image::make(encode_item(*item_from_json_text(json, "Item")));
}

class RecordJson : public testing::Test {
 protected:
  // A record of a put by us-east-1, read in eu-west-1.
  RecordJson() {
    record.number = 7;
    record.created_at = WallTime{1'767'225'601'999'999};
    record.version = {WallTime{1'767'225'600'000'123}, RegionId{1}};
    record.origin = OriginKind::kReplication;
  }

  void set_images(std::string_view new_json, std::string_view old_json) {
    record.new_image = new_json.empty() ? Image{} : image(new_json);
    record.old_image = old_json.empty() ? Image{} : image(old_json);
    record.event = old_json.empty()   ? EventName::kInsert
                   : new_json.empty() ? EventName::kRemove
                                      : EventName::kModify;
  }

  // The text, with what only the stream knows put back to fixed words.
  std::string text(StreamViewType view, RecordForm form = RecordForm::kGetRecords,
                   bool with_origin = false) {
    StreamOptions options;
    options.view = view;
    options.label = "2026-01-01T00:00:00.000";
    options.salt = 5;
    const Stream stream(options, Instant{0}, WallTime{0});
    const std::string arn = stream_arn("eu-west-1", "orders", stream.label());
    const RecordContext context{"eu-west-1", arn, stream, kRegions, with_origin};
    std::string out = "kept ";
    RecordPresenter presenter(RecordProfile::k2019, view, kRegions);
    append_record_json(out, presenter.present(record, key).front(), context, form);
    EXPECT_EQ(out.substr(0, 5), "kept ") << "it appends";
    out.erase(0, 5);
    EXPECT_EQ(out.find('\n'), std::string::npos);
    replace(out, stream.event_id(record.number), "ID");
    replace(out, stream.sequence_number(record.number), "NUMBER");
    return out;
  }

  static void replace(std::string& text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << text;
    text.replace(at, from.size(), to);
  }

  std::uint64_t size_bytes(StreamViewType view) {
    RecordPresenter presenter(RecordProfile::k2019, view, kRegions);
    return presenter.present(record, key).front().size_bytes();
  }

  StreamRecord record;
  std::string key = encode_item(*item_from_json_text(R"({"PK":{"S":"a"}})", "Keys"));
};

constexpr const char* kHead =
    R"({"eventID":"ID","eventName":"MODIFY","eventVersion":"1.1","eventSource":"aws:dynamodb",)"
    R"("awsRegion":"eu-west-1","dynamodb":{"ApproximateCreationDateTime":1767225601,)"
    R"("Keys":{"PK":{"S":"a"}},)";

// PK and a are 3 bytes, v and its text 2: an image has 5.
TEST_F(RecordJson, EachViewTypeCarriesItsImages) {
  set_images(R"({"PK":{"S":"a"},"v":{"S":"2"}})", R"({"PK":{"S":"a"},"v":{"S":"1"}})");
  const std::string new_image = R"("NewImage":{"PK":{"S":"a"},"v":{"S":"2"}},)";
  const std::string old_image = R"("OldImage":{"PK":{"S":"a"},"v":{"S":"1"}},)";
  const std::string number = R"("SequenceNumber":"NUMBER",)";
  EXPECT_EQ(text(StreamViewType::kKeysOnly),
            kHead + number + R"("SizeBytes":3,"StreamViewType":"KEYS_ONLY"}})");
  EXPECT_EQ(text(StreamViewType::kNewImage),
            kHead + new_image + number + R"("SizeBytes":8,"StreamViewType":"NEW_IMAGE"}})");
  EXPECT_EQ(text(StreamViewType::kOldImage),
            kHead + old_image + number + R"("SizeBytes":8,"StreamViewType":"OLD_IMAGE"}})");
  EXPECT_EQ(text(StreamViewType::kNewAndOldImages),
            kHead + new_image + old_image + number +
                R"("SizeBytes":13,"StreamViewType":"NEW_AND_OLD_IMAGES"}})");
}

TEST_F(RecordJson, InsertHasNoOldImageAndRemoveNoNewOne) {
  set_images(R"({"PK":{"S":"a"}})", "");
  EXPECT_EQ(text(StreamViewType::kNewAndOldImages),
            R"({"eventID":"ID","eventName":"INSERT","eventVersion":"1.1",)"
            R"("eventSource":"aws:dynamodb","awsRegion":"eu-west-1",)"
            R"("dynamodb":{"ApproximateCreationDateTime":1767225601,"Keys":{"PK":{"S":"a"}},)"
            R"("NewImage":{"PK":{"S":"a"}},"SequenceNumber":"NUMBER","SizeBytes":6,)"
            R"("StreamViewType":"NEW_AND_OLD_IMAGES"}})");
  set_images("", R"({"PK":{"S":"a"}})");
  EXPECT_EQ(text(StreamViewType::kNewAndOldImages),
            R"({"eventID":"ID","eventName":"REMOVE","eventVersion":"1.1",)"
            R"("eventSource":"aws:dynamodb","awsRegion":"eu-west-1",)"
            R"("dynamodb":{"ApproximateCreationDateTime":1767225601,"Keys":{"PK":{"S":"a"}},)"
            R"("OldImage":{"PK":{"S":"a"}},"SequenceNumber":"NUMBER","SizeBytes":6,)"
            R"("StreamViewType":"NEW_AND_OLD_IMAGES"}})");
  // Where the view type would carry the image that is not there, only the keys are left.
  const std::string without = text(StreamViewType::kNewImage);
  EXPECT_EQ(without.find("Image\":"), std::string::npos) << without;
  EXPECT_NE(without.find(R"("SizeBytes":3)"), std::string::npos) << without;
}

TEST_F(RecordJson, OriginTagIsAnExtraMember) {
  set_images(R"({"PK":{"S":"a"}})", "");
  EXPECT_TRUE(text(StreamViewType::kKeysOnly, RecordForm::kGetRecords, /*with_origin=*/true)
                  .ends_with(R"(},"origin":{"kind":"REPLICATION","region":"us-east-1",)"
                             R"("version":{"timestamp":"2026-01-01T00:00:00.000123Z",)"
                             R"("region":"us-east-1"}}})"));
  record.origin = OriginKind::kApplication;
  record.version.origin = RegionId{0};
  EXPECT_TRUE(text(StreamViewType::kKeysOnly, RecordForm::kGetRecords, /*with_origin=*/true)
                  .ends_with(R"(},"origin":{"kind":"APPLICATION","region":"eu-west-1",)"
                             R"("version":{"timestamp":"2026-01-01T00:00:00.000123Z",)"
                             R"("region":"eu-west-1"}}})"));
}

TEST_F(RecordJson, TtlIdentityIsSpeltInTwoWays) {
  set_images("", R"({"PK":{"S":"a"}})");
  record.ttl_identity = true;
  EXPECT_TRUE(text(StreamViewType::kKeysOnly)
                  .ends_with(R"(},"userIdentity":{"Type":"Service",)"
                             R"("PrincipalId":"dynamodb.amazonaws.com"}})"));
  EXPECT_TRUE(text(StreamViewType::kKeysOnly, RecordForm::kLambdaEvent)
                  .ends_with(R"(},"userIdentity":{"type":"Service",)"
                             R"("principalId":"dynamodb.amazonaws.com"},)"
                             R"("eventSourceARN":"arn:aws:dynamodb:eu-west-1:000000000000:)"
                             R"(table/orders/stream/2026-01-01T00:00:00.000"})"));
}

TEST_F(RecordJson, LambdaEventEndsWithTheArn) {
  set_images(R"({"PK":{"S":"a"}})", "");
  const std::string get_records = text(StreamViewType::kNewImage, RecordForm::kGetRecords, true);
  const std::string event = text(StreamViewType::kNewImage, RecordForm::kLambdaEvent, true);
  EXPECT_EQ(event, get_records.substr(0, get_records.size() - 1) +
                       R"(,"eventSourceARN":"arn:aws:dynamodb:eu-west-1:000000000000:)"
                       R"(table/orders/stream/2026-01-01T00:00:00.000"})");
}

TEST_F(RecordJson, CreationTimeIsRoundedDown) {
  set_images(R"({"PK":{"S":"a"}})", "");
  const std::pair<std::int64_t, std::string> kRows[] = {{0, "0"},
                                                        {999'999, "0"},
                                                        {1'000'000, "1"},
                                                        {-1, "-1"},
                                                        {-1'000'000, "-1"},
                                                        {-1'000'001, "-2"},
                                                        {1'464'804'310'000'000, "1464804310"}};
  for (const auto& [us, seconds] : kRows) {
    record.created_at = WallTime{us};
    EXPECT_NE(text(StreamViewType::kKeysOnly)
                  .find("\"ApproximateCreationDateTime\":" + seconds + ",\"Keys\""),
              std::string::npos)
        << us;
  }
}

// Sizes that were recorded against the service.
TEST_F(RecordJson, SizeBytesAsRecorded) {
  key = encode_item(*item_from_json_text(R"({"Username":{"S":"Fred"}})", "Keys"));
  set_images(R"({"Username":{"S":"Fred"}})", "");
  EXPECT_EQ(size_bytes(StreamViewType::kKeysOnly), 12u);

  key = encode_item(*item_from_json_text(R"({"id":{"S":"id_value_1"}})", "Keys"));
  set_images(R"({"id":{"S":"id_value_1"}})", "");
  EXPECT_EQ(size_bytes(StreamViewType::kNewAndOldImages), 24u);

  set_images(R"({"id":{"S":"id_value_1"},"numericFilter":{"N":"42"}})", "");
  EXPECT_EQ(size_bytes(StreamViewType::kNewAndOldImages), 39u);
}

// Names and values go through the escaper; the text is JSON whatever they hold.
TEST_F(RecordJson, IsJsonWhateverTheItemHolds) {
  key = encode_item(*item_from_json_text(R"({"\"PK\\":{"S":"\u0001\n"}})", "Keys"));
  set_images(R"({"\"PK\\":{"S":"\u0001\n"},"é":{"B":"AP8="},"n":{"NS":["1.50","-2"]}})", "");
  const std::string printed = text(StreamViewType::kNewImage, RecordForm::kLambdaEvent, true);
  const boost::json::value parsed = boost::json::parse(printed);
  EXPECT_EQ(item_from_json(parsed.at("dynamodb").at("NewImage"), "NewImage").value(),
            *decode_item(record.new_image.bytes()));
  EXPECT_EQ(encode_item(*item_from_json(parsed.at("dynamodb").at("Keys"), "Keys")), key);
}

TEST_F(RecordJson, RegionNamesAreEscaped) {
  set_images(R"({"PK":{"S":"a"}})", "");
  StreamOptions options;
  const Stream stream(options, Instant{0}, WallTime{0});
  const std::vector<std::string> odd = {"a\"b", "c\\d"};
  std::string out;
  RecordPresenter presenter(RecordProfile::k2019, options.view, odd);
  append_record_json(out, presenter.present(record, key).front(),
                     {"x\"y", "arn", stream, odd, true}, RecordForm::kLambdaEvent);
  EXPECT_EQ(boost::json::parse(out).at("awsRegion").as_string(), "x\"y");
  EXPECT_EQ(boost::json::parse(out).at("origin").at("region").as_string(), "c\\d");
}

}  // namespace
}  // namespace gtsim
