// The checker's own evaluation of an update against what regions do, and against what they must
// not.
#include "coordinator/check/expected_item.h"

#include <gtest/gtest.h>

#include <string>

#include "region-node/base/random.h"
#include "region-node/item/canonical.h"
#include "region-node/write/update.h"

namespace gtsim {
namespace {

const char* const kNames[] = {"a", "b", "c", "d", "e"};

AttributeValue some_value(Random& random) {
  if (random.chance(0.5)) return AttributeValue::string(std::string(random.below(3), 'x'));
  return AttributeValue::number(Number::from_integer(static_cast<std::int64_t>(random.below(4))));
}

Item some_item(Random& random) {
  Item item;
  item.emplace("id", AttributeValue::string("k"));
  for (const char* name : kNames) {
    if (random.chance(0.5)) item.emplace(name, some_value(random));
  }
  return item;
}

// Names may come in more than one clause: what regions make of that is right here too.
Update some_update(Random& random) {
  Update update;
  for (const char* name : kNames) {
    if (random.chance(0.3)) update.set.emplace(name, some_value(random));
    if (random.chance(0.2)) {
      update.add.emplace(name, Number::from_integer(static_cast<std::int64_t>(random.below(3))));
    }
    if (random.chance(0.2)) update.remove.insert(name);
  }
  return update;
}

Image image_of(const Item& item) {
  return Image::make(encode_item(item));
}

class ExpectedItem : public testing::Test {
 protected:
  [[nodiscard]] bool made(const Update& update, const Image& before, const Image& after) const {
    Operation operation;
    operation.kind = WriteKind::kUpdate;
    operation.update = std::make_shared<const Update>(update);
    return makes(operation, before, key_bytes_, after);
  }
  std::string key_bytes_ = encode_item({{"id", AttributeValue::string("k")}});
};

TEST_F(ExpectedItem, IsWhatARegionMakesAndNothingElse) {
  Random random{20260101};
  int carried_out = 0;
  for (int i = 0; i < 20'000; ++i) {
    const Image before = random.chance(0.2) ? Image{} : image_of(some_item(random));
    const Update update = some_update(random);
    const auto bytes = apply_update(update, before.bytes(), key_bytes_);
    if (!bytes) continue;  // ADD met a value that is no number
    ++carried_out;
    const Image after = bytes->empty() ? Image{} : Image::make(*bytes);
    EXPECT_TRUE(made(update, before, after)) << i;

    // One attribute more, less or other than it.
    Item wrong = bytes->empty() ? Item{} : *decode_item(*bytes);
    const char* const name = kNames[random.below(5)];
    if (wrong.contains(name) && random.chance(0.5)) {
      wrong.erase(name);
    } else {
      wrong.insert_or_assign(name, AttributeValue::string("neither set nor held"));
    }
    EXPECT_FALSE(made(update, before, image_of(wrong))) << i;
    if (after) {
      EXPECT_FALSE(made(update, before, Image{})) << i;
    }
  }
  EXPECT_GT(carried_out, 10'000);
}

TEST_F(ExpectedItem, OfAnUpdateThatOnlyRemovesFromNothingIsNothing) {
  Update update;
  update.remove.insert("a");
  EXPECT_TRUE(made(update, Image{}, Image{}));
  EXPECT_FALSE(made(update, Image{}, Image::make(key_bytes_)));
}

TEST_F(ExpectedItem, OfASumIsTheSumAsItIsWritten) {
  Update update;
  update.add.emplace("a", Number::from_integer(1));
  const auto with = [](std::int64_t value) {
    return image_of({{"a", AttributeValue::number(Number::from_integer(value))},
                     {"id", AttributeValue::string("k")}});
  };
  EXPECT_TRUE(made(update, with(9), with(10)));
  EXPECT_FALSE(made(update, with(9), with(9)));
  EXPECT_TRUE(made(update, Image{}, with(1)));
  const Image text =
      image_of({{"a", AttributeValue::string("9")}, {"id", AttributeValue::string("k")}});
  EXPECT_FALSE(made(update, text, with(10)));
}

}  // namespace
}  // namespace gtsim
