#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "region-node/item/canonical.h"
#include "region-node/item/dynamodb_json.h"
#include "region-node/item/item_size.h"
#include "region-node/item/utf8.h"
#include "tests/item_generators.h"

namespace gtsim {
namespace {

// Printable characters as they are, the others as \xx.
std::string readable(std::string_view bytes) {
  std::string out;
  for (const char byte : bytes) {
    if (byte >= 0x20 && byte < 0x7F && byte != '\\') {
      out += byte;
    } else {
      out += fmt::format("\\{:02x}", static_cast<std::uint8_t>(byte));
    }
  }
  return out;
}

Item item_of(std::string_view json) {
  const Result<Item> item = item_from_json_text(json, "Item");
  if (!item) ADD_FAILURE() << item.error().detail;
  return item ? *item : Item{};
}

std::string value_bytes(const AttributeValue& value) {
  std::string bytes;
  append_value(bytes, value);
  return bytes;
}

// --- The format itself, byte by byte. A change here makes stored data unreadable.

struct FormatCase {
  std::string name;
  std::string json;
  std::string bytes;  // as readable() prints them
};

class CanonicalFormat : public testing::TestWithParam<FormatCase> {};

TEST_P(CanonicalFormat, IsAsWrittenInTheGrammar) {
  const Item item = item_of(GetParam().json);
  const std::string bytes = encode_item(item);
  EXPECT_EQ(readable(bytes), GetParam().bytes);
  const Result<Item> decoded = decode_item(bytes);
  ASSERT_TRUE(decoded.has_value()) << decoded.error().detail;
  EXPECT_EQ(*decoded, item);
}

INSTANTIATE_TEST_SUITE_P(
    Types, CanonicalFormat,
    testing::Values(
        FormatCase{"EmptyItem", "{}", "\\00"},
        FormatCase{"String", R"({"pk":{"S":"ab"}})", "\\01\\02pkS\\02ab"},
        FormatCase{"EmptyNameAndString", R"({"":{"S":""}})", "\\01\\00S\\00"},
        FormatCase{"Nul", R"({"a":{"S":"\u0000"}})", "\\01\\01aS\\01\\00"},
        FormatCase{"Binary", R"({"a":{"B":"/wA="}})", "\\01\\01aB\\02\\ff\\00"},
        FormatCase{"Zero", R"({"a":{"N":"-0.0"}})", "\\01\\01aN\\80"},
        FormatCase{"Number", R"({"a":{"N":"123.0"}})", "\\01\\01aN\\81\\84\\19<"},
        FormatCase{"NegativeNumber", R"({"a":{"N":"-123"}})", "\\01\\01aN\\7f{\\e6\\c3"},
        FormatCase{"True", R"({"a":{"BOOL":true}})", "\\01\\01aT"},
        FormatCase{"False", R"({"a":{"BOOL":false}})", "\\01\\01aF"},
        FormatCase{"Null", R"({"a":{"NULL":true}})", "\\01\\01a0"},
        FormatCase{"StringSetIsSorted", R"({"a":{"SS":["b","a"]}})", "\\01\\01as\\02\\01a\\01b"},
        FormatCase{"NumberSetIsSorted", R"({"a":{"NS":["10","9"]}})",
                   "\\01\\01an\\02\\81\\82\\b4\\81\\83\\14"},
        FormatCase{"BinarySetIsSortedUnsigned", R"({"a":{"BS":["/w==","AA=="]}})",
                   "\\01\\01ab\\02\\01\\00\\01\\ff"},
        FormatCase{"ListKeepsItsOrder", R"({"a":{"L":[{"S":"b"},{"BOOL":true}]}})",
                   "\\01\\01aL\\02S\\01bT"},
        FormatCase{"EmptyList", R"({"a":{"L":[]}})", "\\01\\01aL\\00"},
        FormatCase{"MapIsSorted", R"({"a":{"M":{"y":{"BOOL":true},"x":{"NULL":true}}}})",
                   "\\01\\01aM\\02\\01x0\\01yT"},
        FormatCase{"EmptyMap", R"({"a":{"M":{}}})", "\\01\\01aM\\00"},
        FormatCase{"NamesAreSortedUnsigned", R"({"é":{"NULL":true},"z":{"NULL":true}})",
                   "\\02\\01z0\\02\\c3\\a90"}),
    [](const auto& test) { return test.param.name; });

TEST(CanonicalFormat, LengthsPastOneByteUseShortestVarints) {
  for (const std::size_t length : {127UL, 128UL, 16'383UL, 16'384UL, 400'000UL}) {
    const Item item{{"a", AttributeValue::string(std::string(length, 'x'))}};
    const std::string bytes = encode_item(item);
    const std::size_t length_bytes = length < 128 ? 1 : (length < 16'384 ? 2 : 3);
    EXPECT_EQ(bytes.size(), 1 + 2 + 1 + length_bytes + length);
    EXPECT_EQ(*decode_item(bytes), item);
  }
}

// --- Refusals: whatever encode_item would not have written.

struct RefusalCase {
  std::string name;
  std::string bytes;
  std::string fault;
};

class CanonicalRefusal : public testing::TestWithParam<RefusalCase> {};

TEST_P(CanonicalRefusal, NamesTheFault) {
  const Result<Item> decoded = decode_item(GetParam().bytes);
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().code, Errc::kInput);
  EXPECT_EQ(decoded.error().detail, "canonical bytes: " + GetParam().fault);
}

using namespace std::string_literals;

INSTANTIATE_TEST_SUITE_P(
    Faults, CanonicalRefusal,
    testing::Values(
        RefusalCase{"Nothing", ""s, "cut short at offset 0"},
        RefusalCase{"BytesAfterTheEnd", "\0x"s, "bytes after the end at offset 1"},
        RefusalCase{"LongVarint", "\x80\0"s, "varint longer than needed at offset 2"},
        RefusalCase{"EndlessVarint", std::string(11, '\xFF'), "varint past 64 bits at offset 10"},
        RefusalCase{"VarintBitPastTheLast", std::string(9, '\x80') + "\2",
                    "varint past 64 bits at offset 10"},
        RefusalCase{"HugeCount", "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"s,
                    "count past the end at offset 10"},
        RefusalCase{"LengthPastTheEnd", "\1\5a"s, "length past the end at offset 2"},
        RefusalCase{"NameWithoutValue", "\1\1a"s, "cut short at offset 3"},
        RefusalCase{"UnknownType", "\1\1aX"s, "unknown type letter at offset 4"},
        RefusalCase{"NamesOutOfOrder", "\2\1b0\1a0"s, "names out of order at offset 6"},
        RefusalCase{"NameTwice", "\2\1a0\1a0"s, "names out of order at offset 6"},
        RefusalCase{"NameNotUtf8",
                    "\1\1\xFF"
                    "0"s,
                    "text is not UTF-8 at offset 3"},
        RefusalCase{"StringNotUtf8", "\1\1aS\1\xC0"s, "text is not UTF-8 at offset 6"},
        RefusalCase{"SetMemberNotUtf8", "\1\1as\1\1\xC0"s, "text is not UTF-8 at offset 7"},
        RefusalCase{"EmptySet", "\1\1as\0"s, "empty set at offset 5"},
        RefusalCase{"SetOutOfOrder", "\1\1as\2\1b\1a"s, "set members out of order at offset 9"},
        RefusalCase{"SetMemberTwice", "\1\1ab\2\1b\1b"s, "set members out of order at offset 9"},
        RefusalCase{"NumberSetOutOfOrder", "\1\1an\2\x81\x82\x14\x80"s,
                    "set members out of order at offset 9"},
        RefusalCase{"BadNumber", "\1\1aN\x81\x82\x02"s,
                    "encoded number: a zero in front at offset 7"}),
    [](const auto& test) { return test.param.name; });

// The service takes a scalar inside 31 lists or maps and refuses it inside 32.
TEST(CanonicalRefusal, NestingStopsAtThirtyTwoLevels) {
  const auto nested = [](int lists) {
    AttributeValue value;
    for (int i = 0; i < lists; ++i) value = AttributeValue::of(List{value});
    return value;
  };
  EXPECT_TRUE(decode_value(value_bytes(nested(31))).has_value());
  EXPECT_FALSE(decode_value(value_bytes(nested(32))).has_value());
  EXPECT_TRUE(decode_item(encode_item({{"a", nested(31)}})).has_value());
  EXPECT_FALSE(decode_item(encode_item({{"a", nested(32)}})).has_value());
}

TEST(CanonicalRefusal, MillionsOfOpenListsDoNotExhaustTheStack) {
  std::string bytes;
  for (int i = 0; i < 1'000'000; ++i) bytes += "L\1";
  EXPECT_FALSE(decode_value(bytes).has_value());
}

// --- Properties

RC_GTEST_PROP(CanonicalBytes, DecodeUndoesEncode, (const Item& item)) {
  const Result<Item> decoded = decode_item(encode_item(item));
  RC_ASSERT(decoded.has_value());
  RC_ASSERT(*decoded == item);
}

RC_GTEST_PROP(CanonicalBytes, SingleValuesDecodeToo, (const AttributeValue& value)) {
  const Result<AttributeValue> decoded = decode_value(value_bytes(value));
  RC_ASSERT(decoded.has_value());
  RC_ASSERT(*decoded == value);
}

// The partner is an equal copy, a copy with one attribute changed, or something else altogether.
RC_GTEST_PROP(CanonicalBytes, EqualItemsAreEqualBytes, (const Item& a)) {
  Item b = a;
  switch (*rc::gen::inRange(0, 3)) {
    case 0:
      break;
    case 1:
      RC_PRE(!a.empty());
      b[(*rc::gen::elementOf(a)).first] = *rc::gen::arbitrary<AttributeValue>();
      break;
    default:
      b = *rc::gen::arbitrary<Item>();
  }
  RC_ASSERT((a == b) == (encode_item(a) == encode_item(b)));
}

RC_GTEST_PROP(CanonicalBytes, EveryPrefixIsRefused, (const Item& item)) {
  const std::string bytes = encode_item(item);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    RC_ASSERT(!decode_item(std::string_view(bytes).substr(0, length)).has_value());
  }
}

// A changed byte either breaks the bytes or makes another canonical item; there is no third way.
RC_GTEST_PROP(CanonicalBytes, ChangedBytesAreRefusedOrCanonical, (const Item& item)) {
  const std::string bytes = encode_item(item);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string changed = bytes;
    changed[at] = *rc::gen::noShrink(rc::gen::arbitrary<char>());
    const Result<Item> decoded = decode_item(changed);
    if (!decoded) continue;
    RC_ASSERT(encode_item(*decoded) == changed);
    RC_ASSERT(canonical_size_bytes(changed) == size_bytes(*decoded));
  }
}

RC_GTEST_PROP(CanonicalBytes, SizeIsThatOfTheItem, (const Item& item)) {
  RC_ASSERT(canonical_size_bytes(encode_item(item)) == size_bytes(item));
}

RC_GTEST_PROP(RawReader, WalksEveryAttributeInOrder, (const Item& item)) {
  const std::string bytes = encode_item(item);
  RawAttributeReader reader(bytes);
  RC_ASSERT(reader.count() == item.size());
  RawAttribute attribute;
  for (const auto& [name, value] : item) {
    RC_ASSERT(reader.next(attribute));
    RC_ASSERT(attribute.name == name);
    RC_ASSERT(attribute.value == value_bytes(value));
  }
  RC_ASSERT(!reader.next(attribute));
}

RC_GTEST_PROP(RawReader, FindsWhatIsThereAndNothingElse, (const Item& item)) {
  const std::string bytes = encode_item(item);
  for (const auto& [name, value] : item) {
    RC_ASSERT(find_attribute(bytes, name) == value_bytes(value));
  }
  const std::string other = *rc::gen::oneOf(generators::text(), rc::gen::just(std::string{}));
  RC_ASSERT(find_attribute(bytes, other).has_value() == item.contains(other));
}

// --- UTF-8

struct Utf8Case {
  std::string name;
  std::string text;
  bool valid;
};

class Utf8 : public testing::TestWithParam<Utf8Case> {};

// The blanks bring the bytes to every place relative to the eight that are looked at together.
TEST_P(Utf8, IsToldFromOtherBytes) {
  for (std::size_t blanks = 0; blanks < 17; ++blanks) {
    const std::string before = std::string(blanks, ' ') + GetParam().text;
    EXPECT_EQ(is_valid_utf8(before), GetParam().valid) << blanks;
    EXPECT_EQ(is_valid_utf8(before + std::string(9, ' ')), GetParam().valid) << blanks;
  }
}

INSTANTIATE_TEST_SUITE_P(Rfc3629, Utf8,
                         testing::Values(Utf8Case{"Empty", "", true}, Utf8Case{"Nul", "\0"s, true},
                                         Utf8Case{"LastOfOneByte", "\x7F", true},
                                         Utf8Case{"TwoBytes", "\xC2\x80", true},
                                         Utf8Case{"ThreeBytes", "\xE0\xA0\x80", true},
                                         Utf8Case{"BeforeSurrogates", "\xED\x9F\xBF", true},
                                         Utf8Case{"AfterSurrogates", "\xEE\x80\x80", true},
                                         Utf8Case{"FourBytes", "\xF0\x90\x80\x80", true},
                                         Utf8Case{"LastCodePoint", "\xF4\x8F\xBF\xBF", true},
                                         Utf8Case{"PastTheLast", "\xF4\x90\x80\x80", false},
                                         Utf8Case{"Surrogate", "\xED\xA0\x80", false},
                                         Utf8Case{"OverlongTwo", "\xC1\xBF", false},
                                         Utf8Case{"OverlongThree", "\xE0\x9F\xBF", false},
                                         Utf8Case{"OverlongFour", "\xF0\x8F\xBF\xBF", false},
                                         Utf8Case{"LoneContinuation", "\x80", false},
                                         Utf8Case{"CutShort", "\xE2\x82", false},
                                         Utf8Case{"TwoLeadBytes", "\xC3\xC3\xA9", false},
                                         Utf8Case{"BadThird", "\xE2\x82\x41", false},
                                         Utf8Case{"BadFourth", "\xF0\x90\x80\xC0", false},
                                         Utf8Case{"NeverUsed", "\xF8\x88\x80\x80\x80", false}),
                         [](const auto& test) { return test.param.name; });

TEST(Utf8, BytesBehindTheViewDoNotCompleteIt) {
  EXPECT_FALSE(is_valid_utf8(std::string_view("\xE2\x82\xAC").substr(0, 2)));
}

RC_GTEST_PROP(Utf8, GeneratedTextsAreValid, ()) {
  RC_ASSERT(is_valid_utf8(*generators::text()));
}

}  // namespace
}  // namespace gtsim
