// The quick check of canonical bytes against the slow one: they accept the same and measure the
// same.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "region-node/item/canonical.h"
#include "region-node/item/canonical_check.h"
#include "region-node/item/item_size.h"
#include "tests/item_generators.h"

namespace gtsim {
namespace {

void expect_agreement(const std::string& bytes) {
  const CanonicalCheck quick = check_canonical_item(bytes);
  const Result<Item> slow = decode_item(bytes);
  RC_ASSERT((quick.fault == nullptr) == slow.has_value());
  if (slow) RC_ASSERT(quick.size_bytes == size_bytes(*slow));
}

RC_GTEST_PROP(CanonicalCheck, AcceptsAndMeasuresEveryItem, (const Item& item)) {
  const std::string bytes = encode_item(item);
  RC_ASSERT(check_canonical_item(bytes).fault == nullptr);
  expect_agreement(bytes);
}

// One byte changed, taken out, put in or everything after it cut off.
RC_GTEST_PROP(CanonicalCheck, AgreesOnDamagedItems, (const Item& item)) {
  const std::string bytes = encode_item(item);
  for (int i = 0; i < 20; ++i) {
    std::string damaged = bytes;
    const auto at = *rc::gen::inRange<std::size_t>(0, damaged.size());
    const auto byte = *rc::gen::oneOf(rc::gen::arbitrary<char>(),
                                      rc::gen::element('S', 'N', 'B', 'T', 's', 'n', 'b', 'L', 'M',
                                                       '\0', '\1', '\x80', '\x81', '\x7F'));
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        damaged[at] = byte;
        break;
      case 1:
        damaged.erase(at, 1);
        break;
      case 2:
        damaged.insert(at, 1, byte);
        break;
      default:
        damaged.resize(at);
    }
    expect_agreement(damaged);
  }
}

TEST(CanonicalCheck, LimitsNestingAsTheSlowCheckDoes) {
  for (const int lists : {31, 32}) {
    const std::string bytes = std::string("\1\1a") + [&] {
      std::string nested;
      for (int i = 0; i < lists; ++i) nested += "L\1";
      return nested;
    }() + "T";
    EXPECT_EQ(check_canonical_item(bytes).fault == nullptr, lists == 31);
    EXPECT_EQ(decode_item(bytes).has_value(), lists == 31);
  }
}

TEST(CanonicalCheck, SaysWhatIsWrong) {
  EXPECT_STREQ(check_canonical_item("").fault, "cut short");
  EXPECT_STREQ(check_canonical_item(std::string("\1\1as\0", 5)).fault, "empty set");
  EXPECT_STREQ(check_canonical_item("\2\1bT\1aT").fault, "names out of order");
  EXPECT_STREQ(check_canonical_item("\1\1aS\1\xFF").fault, "text is not UTF-8");
}

}  // namespace
}  // namespace gtsim
