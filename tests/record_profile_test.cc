// What each record profile shows of a change, in its home region and elsewhere.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "region-node/item/canonical.h"
#include "region-node/item/dynamodb_json.h"
#include "region-node/stream/record_view.h"

namespace gtsim {
namespace {

const std::vector<std::string> kRegions = {"eu-west-1", "us-east-1"};
constexpr const char* kStamp =
    R"("aws:rep:deleting":{"BOOL":false},"aws:rep:updateregion":{"S":"us-east-1"},)"
    R"("aws:rep:updatetime":{"N":"1602518560.314001"})";
constexpr const char* kOldStamp =
    R"("aws:rep:deleting":{"BOOL":false},"aws:rep:updateregion":{"S":"eu-west-1"},)"
    R"("aws:rep:updatetime":{"N":"1602518000.5"})";

Image image(std::string_view json) {
  return json.empty() ? Image{} : Image::make(encode_item(*item_from_json_text(json, "Item")));
}

std::string shown(std::string_view canonical) {
  std::string out;
  if (!canonical.empty()) append_item_json(out, canonical);
  return out;
}

class RecordProfiles : public testing::Test {
 protected:
  RecordProfiles() {
    record.version = {WallTime{1'602'518'560'314'001}, RegionId{1}};
    record.old_version = {WallTime{1'602'518'000'500'000}, RegionId{0}};
  }
  void change(std::string_view old_json, std::string_view new_json, OriginKind origin) {
    record.old_image = image(old_json);
    record.new_image = image(new_json);
    if (old_json.empty()) record.old_version = {};
    record.origin = origin;
    record.event = old_json.empty()   ? EventName::kInsert
                   : new_json.empty() ? EventName::kRemove
                                      : EventName::kModify;
  }
  std::span<const RecordView> present(StreamViewType view = StreamViewType::kNewAndOldImages) {
    presenter = RecordPresenter(profile, view, kRegions);
    return presenter.present(record, key);
  }
  // "INSERT old -> new"
  static std::string text(const RecordView& view) {
    return std::string{to_text(view.event)} + " " + shown(view.old_image) + " -> " +
           shown(view.new_image);
  }
  std::string line(const char* event, const std::string& old_image, const std::string& new_image) {
    return std::string{event} + " " + old_image + " -> " + new_image;
  }

  RecordProfile profile = RecordProfile::k2017;
  StreamRecord record;
  std::string key = encode_item(*item_from_json_text(R"({"PK":{"S":"a"}})", "Keys"));
  RecordPresenter presenter{RecordProfile::k2017, StreamViewType::kKeysOnly, kRegions};
};

constexpr const char* kOne = R"({"PK":{"S":"a"},"v":{"N":"1"}})";
constexpr const char* kTwo = R"({"PK":{"S":"a"},"v":{"N":"2"}})";
const std::string kOneOld =
    std::string{"{\"PK\":{\"S\":\"a\"},"} + kOldStamp + ",\"v\":{\"N\":\"1\"}}";
const std::string kTwoOld =
    std::string{"{\"PK\":{\"S\":\"a\"},"} + kOldStamp + ",\"v\":{\"N\":\"2\"}}";
const std::string kTwoNew =
    std::string{"{\"PK\":{\"S\":\"a\"},"} + kStamp + ",\"v\":{\"N\":\"2\"}}";

TEST_F(RecordProfiles, Legacy_PutOfNewKey_AtHome_InsertThenStamp) {
  change("", kTwo, OriginKind::kApplication);
  const auto views = present();
  ASSERT_EQ(views.size(), 2u);
  EXPECT_EQ(text(views[0]), line("INSERT", "", kTwo));
  EXPECT_EQ(text(views[1]), line("MODIFY", kTwo, kTwoNew));
  EXPECT_EQ(views[0].part, 0);
  EXPECT_EQ(views[1].part, 1);
}

TEST_F(RecordProfiles, Legacy_PutOver_AtHome_LosesTheStampForOneRecord) {
  change(kOne, kTwo, OriginKind::kApplication);
  const auto views = present();
  ASSERT_EQ(views.size(), 2u);
  EXPECT_EQ(text(views[0]), line("MODIFY", kOneOld, kTwo));
  EXPECT_EQ(text(views[1]), line("MODIFY", kTwo, kTwoNew));
}

TEST_F(RecordProfiles, Legacy_Update_AtHome_KeepsTheOldStampForOneRecord) {
  change(kOne, kTwo, OriginKind::kApplication);
  record.by_update = true;
  const auto views = present();
  ASSERT_EQ(views.size(), 2u);
  EXPECT_EQ(text(views[0]), line("MODIFY", kOneOld, kTwoOld));
  EXPECT_EQ(text(views[1]), line("MODIFY", kTwoOld, kTwoNew));
}

TEST_F(RecordProfiles, Legacy_Put_Elsewhere_IsOneRecordWithEverything) {
  change("", kTwo, OriginKind::kReplication);
  ASSERT_EQ(present().size(), 1u);
  EXPECT_EQ(text(present()[0]), line("INSERT", "", kTwoNew));
  record.old_version = {WallTime{1'602'518'000'500'000}, RegionId{0}};
  change(kOne, kTwo, OriginKind::kReplication);
  ASSERT_EQ(present().size(), 1u);
  EXPECT_EQ(text(present()[0]), line("MODIFY", kOneOld, kTwoNew));
}

TEST_F(RecordProfiles, Legacy_Delete_AtHome_IsOneRemove) {
  change(kOne, "", OriginKind::kApplication);
  ASSERT_EQ(present().size(), 1u);
  EXPECT_EQ(text(present()[0]), line("REMOVE", kOneOld, ""));
}

TEST_F(RecordProfiles, Legacy_Delete_Elsewhere_IsMarkedThenRemoved) {
  change(kOne, "", OriginKind::kReplication);
  const auto views = present();
  ASSERT_EQ(views.size(), 2u);
  const std::string marked = R"({"PK":{"S":"a"},"aws:rep:deleting":{"BOOL":true},)"
                             R"("aws:rep:updateregion":{"S":"us-east-1"},)"
                             R"("aws:rep:updatetime":{"N":"1602518560.314001"},"v":{"N":"1"}})";
  EXPECT_EQ(text(views[0]), line("MODIFY", kOneOld, marked));
  EXPECT_EQ(text(views[1]), line("REMOVE", marked, ""));
}

TEST_F(RecordProfiles, SizeCountsWhatIsShown) {
  change("", kTwo, OriginKind::kApplication);
  const auto views = present();
  // PK and a: 3; v and 2: 3.
  EXPECT_EQ(views[0].size_bytes(), 3u + 6u);
  EXPECT_EQ(views[1].size_bytes(), 3u + 6u + 6u + 16u + 1u + 20u + 9u + 18u + 9u);
  EXPECT_EQ(present(StreamViewType::kKeysOnly)[1].size_bytes(), 3u);
}

TEST_F(RecordProfiles, Today_OneRecordAndNoMark) {
  profile = RecordProfile::k2019;
  for (const OriginKind origin : {OriginKind::kApplication, OriginKind::kReplication}) {
    change(kOne, kTwo, origin);
    ASSERT_EQ(present().size(), 1u);
    EXPECT_EQ(text(present()[0]), line("MODIFY", kOne, kTwo));
    EXPECT_EQ(present()[0].identity, RecordIdentity::kNone);
  }
}

TEST_F(RecordProfiles, Marked_OnlyReplicatedWritesHaveTheIdentity) {
  profile = RecordProfile::kMarked;
  change(kOne, kTwo, OriginKind::kReplication);
  EXPECT_EQ(present()[0].identity, RecordIdentity::kReplication);
  EXPECT_EQ(principal_of(RecordIdentity::kReplication), "replication.dynamodb.amazonaws.com");
  change(kOne, kTwo, OriginKind::kApplication);
  EXPECT_EQ(present()[0].identity, RecordIdentity::kNone);
  change(kOne, "", OriginKind::kApplication);
  record.ttl_identity = true;
  EXPECT_EQ(present()[0].identity, RecordIdentity::kTimeToLive);
}

}  // namespace
}  // namespace gtsim
