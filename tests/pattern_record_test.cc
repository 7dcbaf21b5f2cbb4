// Filters of DynamoDB records: what was recorded on AWS, and every member of a record.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "region-node/item/canonical.h"
#include "region-node/item/dynamodb_json.h"
#include "tests/pattern_fixture.h"

namespace gtsim {
namespace {

using pattern_fixture::parsed;

Image image(std::string_view json) {
  return json.empty() ? Image{} : Image::make(encode_item(*item_from_json_text(json, "Item")));
}

class RecordFilter : public testing::Test {
 protected:
  // A change by us-east-1, seen in eu-west-1. Empty: no such image.
  bool matches(const std::string& pattern, std::string_view old_json, std::string_view new_json) {
    record.old_image = image(old_json);
    record.new_image = image(new_json);
    record.event = old_json.empty()   ? EventName::kInsert
                   : new_json.empty() ? EventName::kRemove
                                      : EventName::kModify;
    return matches(pattern);
  }

  // Of the record as it is; both ways must agree.
  bool matches(const std::string& pattern) {
    StreamOptions options;
    options.view = view_type;
    options.label = "2026-01-01T00:00:00.000";
    options.salt = 5;
    const Stream stream(options, Instant{0}, WallTime{0});
    const std::string arn = stream_arn("eu-west-1", "orders", stream.label());
    const RecordContext context{"eu-west-1", arn, stream, regions, with_origin};
    RecordPresenter presenter(profile, view_type, regions);
    const RecordView view = presenter.present(record, key).front();
    std::string event;
    append_record_json(event, view, context, RecordForm::kLambdaEvent);
    PatternMatcher matcher;
    const EventPattern compiled = parsed(pattern);
    const bool found = matcher.matches(compiled, view, context);
    EXPECT_EQ(*matcher.matches(compiled, event), found) << pattern << "\n" << event;
    return found;
  }

  // Of items put one after the other, as a stream's filter is asked.
  int invocations(const std::string& pattern, const std::vector<std::string>& items) {
    int count = 0;
    for (const std::string& item : items) count += matches(pattern, "", item) ? 1 : 0;
    return count;
  }

  std::vector<std::string> regions = {"eu-west-1", "us-east-1"};
  std::string key = encode_item(*item_from_json_text(R"({"id":{"S":"a"}})", "Keys"));
  StreamRecord record = [] {
    StreamRecord made;
    made.version = {WallTime{1'767'225'600'000'123}, RegionId{1}};
    made.created_at = WallTime{1'767'225'601'999'999};
    made.origin = OriginKind::kReplication;
    return made;
  }();
  RecordProfile profile = RecordProfile::k2019;
  StreamViewType view_type = StreamViewType::kNewAndOldImages;
  bool with_origin = true;
};

// --- Runs on AWS, by the names that their authors gave them

TEST_F(RecordFilter, Aws_insert_same_entry_twice) {
  // The second put changes nothing and makes no record.
  EXPECT_EQ(invocations(R"({"eventName":["INSERT"]})", {R"({"id":{"S":"a"}})"}), 1);
}

TEST_F(RecordFilter, Aws_content_or_filter) {
  const char* const filter = R"({"eventName":["INSERT","MODIFY"]})";
  EXPECT_TRUE(matches(filter, "", R"({"id":{"S":"a"}})"));
  EXPECT_TRUE(matches(filter, R"({"id":{"S":"a"}})", R"({"id":{"S":"a"},"v":{"S":"1"}})"));
}

TEST_F(RecordFilter, Aws_content_multiple_filters) {
  const char* const filter = R"({"eventName":["INSERT"],"eventSource":["aws:dynamodb"]})";
  EXPECT_TRUE(matches(filter, "", R"({"id":{"S":"a"}})"));
  EXPECT_FALSE(matches(filter, R"({"id":{"S":"a"}})", R"({"id":{"S":"a"},"v":{"S":"1"}})"));
}

TEST_F(RecordFilter, Aws_content_filter_type) {
  const std::vector<std::string> items = {R"({"id":{"S":"a"},"presentKey":{"S":"presentValue"}})",
                                          R"({"id":{"S":"b"}})"};
  EXPECT_EQ(
      invocations(R"({"dynamodb":{"NewImage":{"presentKey":{"S":["presentValue"]}}}})", items), 1);
  EXPECT_EQ(invocations(R"({"dynamodb":{"NewImage":{"presentKey":["presentValue"]}}})", items), 0)
      << "without the type nothing matches";
}

TEST_F(RecordFilter, Aws_exists_filter_type) {
  const std::vector<std::string> items = {R"({"id":{"S":"a"},"presentKey":{"S":"presentValue"}})",
                                          R"({"id":{"S":"b"}})"};
  EXPECT_EQ(
      invocations(R"({"dynamodb":{"NewImage":{"presentKey":{"S":[{"exists":true}]}}}})", items), 1);
  EXPECT_EQ(invocations(R"({"dynamodb":{"NewImage":{"presentKey":[{"exists":true}]}}})", items), 0);
}

TEST_F(RecordFilter, Aws_exists_false_filter) {
  EXPECT_EQ(invocations(R"({"dynamodb":{"NewImage":{"presentKey":[{"exists":false}]}}})",
                        {R"({"id":{"S":"a"}})", R"({"id":{"S":"b"},"presentKey":{"S":"x"}})"}),
            2)
      << "not a leaf, so it is always absent";
}

TEST_F(RecordFilter, Aws_numeric_filter) {
  const std::vector<std::string> items = {R"({"id":{"S":"a"},"n":{"N":"42"}})",
                                          R"({"id":{"S":"b"},"n":{"N":"101"}})"};
  EXPECT_EQ(invocations(R"({"dynamodb":{"NewImage":{"n":{"N":[{"numeric":[">",100]},)"
                        R"({"anything-but":"101"}]}}}})",
                        items),
            1)
      << "42, by anything-but";
  EXPECT_EQ(invocations(R"({"dynamodb":{"NewImage":{"n":{"N":[{"numeric":[">",0]}]}}}})", items),
            0);
}

TEST_F(RecordFilter, Aws_prefix_filter) {
  EXPECT_EQ(invocations(R"({"dynamodb":{"NewImage":{"prefix":{"S":[{"prefix":"us-1"}]}}}})",
                        {R"({"id":{"S":"a"},"prefix":{"S":"us-1-other"}})",
                         R"({"id":{"S":"b"},"prefix":{"S":"other-us-1"}})"}),
            1);
}

TEST_F(RecordFilter, Aws_date_time_conversion) {
  EXPECT_EQ(invocations(R"({"dynamodb":{"ApproximateCreationDateTime":[{"numeric":[">",0]}]}})",
                        {R"({"id":{"S":"a"}})", R"({"id":{"S":"b"}})"}),
            2);
}

// --- Members of a record

TEST_F(RecordFilter, EveryMemberCanBeTested) {
  matches(R"({"a":[1]})", R"({"id":{"S":"a"},"v":{"S":"1"}})", R"({"id":{"S":"a"},"v":{"S":"2"}})");
  for (const char* good :
       {R"({"eventName":["MODIFY"]})", R"({"eventSource":[{"prefix":"aws:"}]})",
        R"({"eventVersion":["1.1"]})", R"({"awsRegion":["eu-west-1"]})",
        R"({"eventID":[{"exists":true}]})",
        R"({"eventSourceARN":[{"wildcard":"*:table/orders/*"}]})",
        R"({"dynamodb":{"Keys":{"id":{"S":["a"]}}}})",
        R"({"dynamodb":{"OldImage":{"v":{"S":["1"]}},"NewImage":{"v":{"S":["2"]}}}})",
        R"({"dynamodb":{"SizeBytes":[{"numeric":["=",13]}]}})",
        R"({"dynamodb":{"SizeBytes":[13]}})",
        R"({"dynamodb":{"ApproximateCreationDateTime":[1767225601]}})",
        R"({"dynamodb":{"SequenceNumber":[{"anything-but":""}]}})",
        R"({"dynamodb":{"StreamViewType":["NEW_AND_OLD_IMAGES"]}})",
        R"({"userIdentity":{"type":[{"exists":false}]}})", R"({"origin":{"kind":["REPLICATION"]}})",
        R"({"origin":{"region":["us-east-1"],"version":{"region":["us-east-1"]}}})",
        R"({"origin":{"version":{"timestamp":["2026-01-01T00:00:00.000123Z"]}}})"}) {
    EXPECT_TRUE(matches(good)) << good;
  }
  for (const char* bad :
       {R"({"eventVersion":["1.0"]})", R"({"awsRegion":["us-east-1"]})", R"({"source":["x"]})",
        R"({"dynamodb":{"SizeBytes":["13"]}})", R"({"dynamodb":{"StreamViewType":["NEW_IMAGE"]}})",
        R"({"userIdentity":{"type":["Service"]}})", R"({"origin":{"kind":["APPLICATION"]}})"}) {
    EXPECT_FALSE(matches(bad)) << bad;
  }
}

TEST_F(RecordFilter, TheOriginIsAbsentWhereTheRecordDoesNotCarryIt) {
  with_origin = false;
  EXPECT_FALSE(matches(R"({"origin":{"kind":["REPLICATION"]}})"));
  EXPECT_TRUE(matches(R"({"origin":{"kind":[{"exists":false}]}})"));
  EXPECT_TRUE(matches(R"({"origin":{"region":[{"exists":false}]}})"));
  EXPECT_TRUE(matches(R"({"origin":{"version":{"timestamp":[{"exists":false}]}}})"));
}

TEST_F(RecordFilter, TtlDeletesAreMarkedByUserIdentity) {
  const char* const filter =
      R"({"userIdentity":{"type":["Service"],"principalId":["dynamodb.amazonaws.com"]}})";
  record.ttl_identity = true;
  EXPECT_TRUE(matches(filter, R"({"id":{"S":"a"}})", ""));
  EXPECT_FALSE(matches(R"({"userIdentity":{"Type":["Service"]}})")) << "the spelling of GetRecords";
  record.ttl_identity = false;
  EXPECT_FALSE(matches(filter)) << "the same delete in another region";
  profile = RecordProfile::kMarked;
  EXPECT_TRUE(
      matches(R"({"userIdentity":{"principalId":["replication.dynamodb.amazonaws.com"]}})"));
}

TEST_F(RecordFilter, ImagesAreAbsentByEventAndByViewType) {
  const char* const has_new = R"({"dynamodb":{"NewImage":{"id":{"S":[{"exists":true}]}}}})";
  EXPECT_TRUE(matches(has_new, "", R"({"id":{"S":"a"}})"));
  EXPECT_FALSE(matches(has_new, R"({"id":{"S":"a"}})", ""));
  EXPECT_TRUE(matches(R"({"dynamodb":{"NewImage":{"id":{"S":[{"exists":false}]}}}})"));
  view_type = StreamViewType::kKeysOnly;
  EXPECT_FALSE(matches(has_new, "", R"({"id":{"S":"a"}})"));
}

TEST_F(RecordFilter, ValuesOfEveryType) {
  matches(
      R"({"a":[1]})", "",
      R"({"id":{"S":"a"},"b":{"B":"AAE="},"bs":{"BS":["AAE=","/w=="]},"l":{"L":[{"S":"x"},)"
      R"({"L":[{"N":"1"}]},{"M":{"k":{"S":"y"}}}]},"m":{"M":{"x.y":{"M":{"z":{"BOOL":true}}}}},)"
      R"("n":{"N":"0042.1200"},"ns":{"NS":["2","1e2"]},"nul":{"NULL":true},"ss":{"SS":["p","q"]},)"
      R"("dotted.name":{"S":"d"},"e":{"L":[]},"f":{"BOOL":false}})");
  for (const char* good :
       {R"({"b":{"B":["AAE="]}})", R"({"bs":{"BS":["/w=="]}})", R"({"l":{"L":{"S":["x"]}}})",
        R"({"l":{"L":{"L":{"N":["1"]}}}})", R"({"l":{"L":{"M":{"k":{"S":["y"]}}}}})",
        R"({"m":{"M":{"x.y":{"M":{"z":{"BOOL":[true]}}}}}})", R"({"n":{"N":["42.12"]}})",
        R"({"ns":{"NS":["100"]}})", R"({"nul":{"NULL":[true]}})", R"({"ss":{"SS":["q"]}})",
        R"({"dotted.name":{"S":["d"]}})", R"({"dotted":{"name":{"S":["d"]}}})",
        R"({"e":{"L":{"S":[{"exists":false}]}}})", R"({"f":{"BOOL":[false]}})",
        R"({"zzz":{"S":[{"exists":false}]}})"}) {
    EXPECT_TRUE(matches(R"({"dynamodb":{"NewImage":)" + std::string(good) + "}}")) << good;
  }
  for (const char* bad :
       {R"({"n":{"N":["0042.1200"]}})", R"({"n":{"N":[42.12]}})", R"({"n":{"S":["42.12"]}})",
        R"({"nul":{"NULL":[null]}})", R"({"f":{"BOOL":["false"]}})", R"({"ss":["q"]})",
        R"({"l":{"S":["x"]}})", R"({"l":{"L":{"S":["x"],"M":{"k":{"S":["y"]}}}}})",
        R"({"e":{"L":[{"exists":true}]}})", R"({"zzz":{"S":[{"anything-but":"x"}]}})"}) {
    EXPECT_FALSE(matches(R"({"dynamodb":{"NewImage":)" + std::string(bad) + "}}")) << bad;
  }
}

TEST_F(RecordFilter, MembersOfListElementsAreHeldTogether) {
  const char* const both =
      R"({"dynamodb":{"NewImage":{"lines":{"L":{"M":{"sku":{"S":["a"]},"n":{"N":["2"]}}}}}}})";
  EXPECT_TRUE(matches(both, "",
                      R"({"lines":{"L":[{"M":{"sku":{"S":"a"},"n":{"N":"1"}}},)"
                      R"({"M":{"sku":{"S":"a"},"n":{"N":"2"}}}]}})"));
  EXPECT_FALSE(matches(both, "",
                       R"({"lines":{"L":[{"M":{"sku":{"S":"a"},"n":{"N":"1"}}},)"
                       R"({"M":{"sku":{"S":"b"},"n":{"N":"2"}}}]}})"));
}

}  // namespace
}  // namespace gtsim
