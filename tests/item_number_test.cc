#include <gtest/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "region-node/item/number.h"
#include "tests/item_generators.h"

namespace gtsim {
namespace {

using boost::multiprecision::cpp_int;

constexpr std::string_view kTooManyDigits =
    "Attempting to store more than 38 significant digits in a Number";
constexpr std::string_view kOverflow =
    "Number overflow. Attempting to store a number with magnitude larger than supported range";
constexpr std::string_view kUnderflow =
    "Number underflow. Attempting to store a number with magnitude smaller than supported range";

// What came of it, in one string that a test can compare: the number's text, or the error.
std::string outcome(const Result<Number>& result) {
  if (result) return result->to_string();
  return std::string(error_name(result.error().code)) + ": " + result.error().detail;
}

std::string refusal(std::string_view detail) {
  return "ValidationException: " + std::string(detail);
}

// --- A second opinion: whole numbers of any length, printed and checked the slow way.

// The outcome of storing mantissa * 10^power.
std::string slow_outcome(const cpp_int& mantissa, int power) {
  if (mantissa == 0) return "0";
  const bool negative = mantissa < 0;
  std::string digits = cpp_int(abs(mantissa)).str();
  while (digits.back() == '0') {
    digits.pop_back();
    ++power;
  }
  const int before = static_cast<int>(digits.size()) + power;
  if (before > 126) return refusal(kOverflow);
  if (before < -129) return refusal(kUnderflow);
  if (digits.size() > 38) return refusal(kTooManyDigits);
  if (power > 0) digits.append(static_cast<std::size_t>(power), '0');
  if (before <= 0) digits.insert(0, static_cast<std::size_t>(1 - before), '0');
  if (power < 0) digits.insert(digits.size() - static_cast<std::size_t>(-power), 1, '.');
  return (negative ? "-" : "") + digits;
}

constexpr int kScale = 170;  // more places than any number has after its point

// The number times 10^kScale, from its text.
cpp_int scaled(const Number& number) {
  std::string text = number.to_string();
  const std::size_t point = text.find('.');
  std::size_t places = 0;
  if (point != std::string::npos) {
    places = text.size() - point - 1;
    text.erase(point, 1);
  }
  const bool negative = text.front() == '-';
  if (negative) text.erase(0, 1);
  text.append(static_cast<std::size_t>(kScale) - places, '0');
  text.erase(0, std::min(text.find_first_not_of('0'), text.size() - 1));  // a leading 0 means octal
  const cpp_int magnitude(text);
  return negative ? cpp_int(-magnitude) : magnitude;
}

std::string encoded(const Number& number) {
  std::string bytes;
  number.encode(bytes);
  return bytes;
}

// --- Text

struct TextCase {
  std::string name;
  std::string text;
  std::string outcome;
};

std::string nines(std::size_t count) {
  return std::string(count, '9');
}
std::string zeros(std::size_t count) {
  return std::string(count, '0');
}

class NumberText : public testing::TestWithParam<TextCase> {};

TEST_P(NumberText, ParsesAsTheServiceDoes) {
  EXPECT_EQ(outcome(Number::parse(GetParam().text)), GetParam().outcome);
}

const std::vector<TextCase> kTextCases = {
    {"Zero", "0", "0"},
    {"MinusZero", "-0", "0"},
    {"ZeroWithHugeExponent", "0e99999999999999999999", "0"},
    {"Integer", "42", "42"},
    {"RecordedTrim", "-0042.1200", "-42.12"},
    {"PlusSign", "+7", "7"},
    {"PointFirst", ".5", "0.5"},
    {"PointLast", "5.", "5"},
    {"SmallExponent", ".5e-3", "0.0005"},
    {"CapitalExponentWithPlus", "1.5E+3", "1500"},
    {"ExponentMeetsPoint", "12345e-2", "123.45"},
    {"RecordedExpansion", "1E125", "1" + zeros(125)},
    {"Largest", "9." + nines(37) + "E125", nines(38) + zeros(88)},
    {"LargestNegative", "-9." + nines(37) + "E125", "-" + nines(38) + zeros(88)},
    {"Smallest", "1E-130", "0." + zeros(129) + "1"},
    {"SmallestWithAllDigits", "1." + zeros(36) + "1E-130",
     "0." + zeros(129) + "1" + zeros(36) + "1"},
    {"ZerosDoNotCount", zeros(50) + "1" + zeros(50) + "." + zeros(50), "1" + zeros(50)},
    {"ManyZerosThenExponent", "0." + zeros(200) + "1e200", "0.1"},
    {"ThirtyEightDigits", nines(38), nines(38)},
    {"ThirtyNineDigits", nines(39), refusal(kTooManyDigits)},
    {"ThirtyNineDigitsAcrossPoint", nines(20) + "." + nines(19), refusal(kTooManyDigits)},
    {"InnerZerosCount", "1" + zeros(37) + "1", refusal(kTooManyDigits)},
    {"Overflow", "1E126", refusal(kOverflow)},
    {"OverflowNegative", "-10E125", refusal(kOverflow)},
    {"OverflowOfTheExponentItself", "1e99999999999999999999", refusal(kOverflow)},
    {"OverflowOfSixtyFourBits", "1e18446744073709551621", refusal(kOverflow)},
    {"Underflow", "1E-131", refusal(kUnderflow)},
    {"UnderflowNegative", "-9.9E-131", refusal(kUnderflow)},
    {"UnderflowOfTheExponentItself", "1e-99999999999999999999", refusal(kUnderflow)},
    {"Empty", "", refusal("The parameter cannot be converted to a numeric value")},
    {"Word", "abc", refusal("The parameter cannot be converted to a numeric value: abc")},
    {"SignOnly", "-", refusal("The parameter cannot be converted to a numeric value: -")},
    {"PointOnly", ".", refusal("The parameter cannot be converted to a numeric value: .")},
    {"ExponentOnly", "e5", refusal("The parameter cannot be converted to a numeric value: e5")},
    {"ExponentEmpty", "1e", refusal("The parameter cannot be converted to a numeric value: 1e")},
    {"ExponentSignOnly", "1e+",
     refusal("The parameter cannot be converted to a numeric value: 1e+")},
    {"TwoSigns", "--1", refusal("The parameter cannot be converted to a numeric value: --1")},
    {"TwoPoints", "1.2.3", refusal("The parameter cannot be converted to a numeric value: 1.2.3")},
    {"BlankBefore", " 1", refusal("The parameter cannot be converted to a numeric value:  1")},
    {"BlankAfter", "1 ", refusal("The parameter cannot be converted to a numeric value: 1 ")},
    {"Hexadecimal", "0x1", refusal("The parameter cannot be converted to a numeric value: 0x1")},
    {"Infinity", "Infinity",
     refusal("The parameter cannot be converted to a numeric value: Infinity")},
    {"NotANumber", "NaN", refusal("The parameter cannot be converted to a numeric value: NaN")},
};

INSTANTIATE_TEST_SUITE_P(Spellings, NumberText, testing::ValuesIn(kTextCases),
                         [](const auto& test) { return test.param.name; });

RC_GTEST_PROP(NumberText, PrintedTextReadsBackAsTheSameNumber, (const Number& number)) {
  RC_ASSERT(*Number::parse(number.to_string()) == number);
}

// Any spelling: zeros in front and behind, a point anywhere, an exponent, all compared with whole
// number arithmetic.
RC_GTEST_PROP(NumberText, EverySpellingMeansItsValue, ()) {
  const auto digits = rc::gen::container<std::string>(
      rc::gen::weightedOneOf<char>({{1, rc::gen::just('0')}, {1, rc::gen::inRange('0', ':')}}));
  const std::string before = *rc::gen::resize(30, digits);
  const std::string after = *rc::gen::resize(30, digits);
  RC_PRE(!before.empty() || !after.empty());
  const bool negative = *rc::gen::arbitrary<bool>();
  const int exponent = *rc::gen::oneOf(rc::gen::inRange(-180, 180), rc::gen::inRange(-5, 5));

  const std::string text = (negative ? "-" : "") + before + "." + after +
                           (exponent < 0 ? "e" : "E+") + std::to_string(exponent);
  std::string whole = before + after;
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size() - 1));
  const cpp_int mantissa(whole);
  RC_ASSERT(outcome(Number::parse(text)) ==
            slow_outcome(negative ? cpp_int(-mantissa) : mantissa,
                         exponent - static_cast<int>(after.size())));
}

RC_GTEST_PROP(NumberText, IntegersPrintAsIntegers, (std::int64_t value)) {
  RC_ASSERT(Number::from_integer(value).to_string() == std::to_string(value));
}

TEST(NumberText, EndsOfTheIntegersPrintAsIntegers) {
  EXPECT_EQ(Number::from_integer(INT64_MIN).to_string(), "-9223372036854775808");
  EXPECT_EQ(Number::from_integer(INT64_MAX).to_string(), "9223372036854775807");
}

// --- Order and encoding

// The order of the encoded bytes is what lists a sort key's items in order.
TEST(NumberOrder, BytesOfAnAscendingRowAscend) {
  const std::vector<std::string> row = {"-" + nines(38) + zeros(88),
                                        "-1e125",
                                        "-100",
                                        "-99.5",
                                        "-99",
                                        "-12.01",
                                        "-12",
                                        "-1.2",
                                        "-1.1",
                                        "-1",
                                        "-0.1",
                                        "-1e-129",
                                        "-1.5e-130",
                                        "-1e-130",
                                        "0",
                                        "1e-130",
                                        "1.5e-130",
                                        "1e-129",
                                        "0.1",
                                        "1",
                                        "1.1",
                                        "1.2",
                                        "12",
                                        "12.01",
                                        "99",
                                        "99.5",
                                        "100",
                                        "1e125",
                                        nines(38) + zeros(88)};
  for (std::size_t i = 1; i < row.size(); ++i) {
    const Number low = *Number::parse(row[i - 1]);
    const Number high = *Number::parse(row[i]);
    EXPECT_LT(low, high);
    EXPECT_GT(high, low);
    EXPECT_LT(encoded(low), encoded(high)) << row[i - 1] << " and " << row[i];
  }
}

RC_GTEST_PROP(NumberOrder, BytesAndValuesAgreeWithWholeNumbers, (const Number& a)) {
  // Half of the partners differ in the last digit only, where mistakes of the encoding would hide.
  const Number step = *rc::gen::element(*Number::parse("1e-10"), *Number::parse("1"));
  const Result<Number> near = a.plus(step);
  const Number b = *rc::gen::oneOf(rc::gen::arbitrary<Number>(), rc::gen::just(near ? *near : a));

  const int expected = scaled(a).compare(scaled(b));
  const auto sign = [](auto order) { return order < 0 ? -1 : (order > 0 ? 1 : 0); };
  RC_ASSERT(sign(expected) == sign(a <=> b));
  RC_ASSERT(sign(expected) == sign(encoded(a).compare(encoded(b))));
  RC_ASSERT((expected == 0) == (a == b));
}

RC_GTEST_PROP(NumberEncoding, DecodingTakesExactlyOneNumber, (const Number& number)) {
  std::string bytes = encoded(number);
  const std::string after = *rc::gen::arbitrary<std::string>();
  bytes += after;
  std::string_view in = bytes;
  const Result<Number> decoded = Number::decode(in);
  RC_ASSERT(decoded.has_value());
  RC_ASSERT(*decoded == number);
  RC_ASSERT(in == after);
}

struct BytesCase {
  std::string name;
  std::string bytes;
};

class NumberRefusal : public testing::TestWithParam<BytesCase> {};

TEST_P(NumberRefusal, WrongBytesAreAnError) {
  std::string_view in = GetParam().bytes;
  EXPECT_FALSE(Number::decode(in).has_value());
}

INSTANTIATE_TEST_SUITE_P(
    Bytes, NumberRefusal,
    testing::Values(BytesCase{"Nothing", ""}, BytesCase{"UnknownSign", "\x82"},
                    BytesCase{"NoExponent", "\x81"}, BytesCase{"NoDigits", "\x81\x83"},
                    BytesCase{"MoreDigitsAnnounced", "\x81\x83\x55"},
                    BytesCase{"PairAboveNinetyNine", "\x81\x83\xC8"},
                    BytesCase{"ZeroInFront", "\x81\x83\x02"},
                    BytesCase{"ZerosAtTheEnd", std::string("\x81\x83\x55\x00", 4)},
                    BytesCase{"NegativeZerosAtTheEnd", "\x7F\x7C\xAA\xFF"},
                    BytesCase{"FortyDigits", "\x81\x83" + std::string(19, '\x55') + "\x54"}),
    [](const auto& test) { return test.param.name; });

// --- Arithmetic

struct SumCase {
  std::string name;
  std::string a;
  std::string b;
  std::string outcome;
};

class NumberSum : public testing::TestWithParam<SumCase> {};

TEST_P(NumberSum, IsExactOrRefusedInEitherOrder) {
  const Number a = *Number::parse(GetParam().a);
  const Number b = *Number::parse(GetParam().b);
  EXPECT_EQ(outcome(a.plus(b)), GetParam().outcome);
  EXPECT_EQ(outcome(b.plus(a)), GetParam().outcome);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, NumberSum,
    testing::Values(
        SumCase{"Integers", "40", "2", "42"}, SumCase{"WithZero", "42", "0", "42"},
        SumCase{"CarryThroughNines", "999.9", "0.1", "1000"},
        SumCase{"BorrowThroughZeros", "1000", "-0.1", "999.9"},
        SumCase{"ToZero", "-7.25", "7.25", "0"}, SumCase{"SignOfTheLarger", "5", "-7", "-2"},
        SumCase{"TopDigitsCancel", "1.00001", "-1", "0.00001"},
        SumCase{"CarryToTheLargestPower", nines(38) + zeros(87), "1" + zeros(87), "1" + zeros(125)},
        SumCase{"Overflow", nines(38) + zeros(88), "1" + zeros(88), refusal(kOverflow)},
        SumCase{"OverflowNegative", "-9e125", "-9e125", refusal(kOverflow)},
        SumCase{"Underflow", "1." + zeros(36) + "1e-130", "-1e-130", refusal(kUnderflow)},
        SumCase{"TooFarApart", "1e125", "1e-130", refusal(kTooManyDigits)},
        SumCase{"OneDigitTooMany", nines(38), "0.1", refusal(kTooManyDigits)},
        SumCase{"CarryMakesRoom", nines(38), "1", "1" + zeros(38)}),
    [](const auto& test) { return test.param.name; });

RC_GTEST_PROP(NumberSum, AgreesWithWholeNumbers, (const Number& a, const Number& b)) {
  RC_ASSERT(outcome(a.plus(b)) == slow_outcome(scaled(a) + scaled(b), -kScale));
}

// Most random pairs lie too far apart to be summed; these never do.
RC_GTEST_PROP(NumberSum, NearNumbersAgreeWithWholeNumbers, (std::int64_t a, std::int64_t b)) {
  const int power_a = *rc::gen::inRange(-10, 10);
  const int power_b = *rc::gen::inRange(-10, 10);
  const auto shifted = [](std::int64_t digits, int power) {
    return *Number::parse(std::to_string(digits) + "e" + std::to_string(power));
  };
  const Number first = shifted(a, power_a);
  const Number second = shifted(b, power_b);
  RC_ASSERT(outcome(first.plus(second)) == slow_outcome(scaled(first) + scaled(second), -kScale));
}

RC_GTEST_PROP(NumberSum, ANumberAndItsNegationCancel, (const Number& number)) {
  RC_ASSERT(*number.plus(number.negated()) == Number{});
  RC_ASSERT(number.negated().negated() == number);
  RC_ASSERT(scaled(number.negated()) == -scaled(number));
}

// --- Size

struct NumberSizeCase {
  std::string name;
  std::string text;
  std::uint32_t size;
};

class NumberSize : public testing::TestWithParam<NumberSizeCase> {};

TEST_P(NumberSize, CountsDigitsOnEachSideOfThePoint) {
  EXPECT_EQ(Number::parse(GetParam().text)->size_bytes(), GetParam().size);
}

INSTANTIATE_TEST_SUITE_P(
    Rule, NumberSize,
    testing::Values(NumberSizeCase{"Zero", "0", 1}, NumberSizeCase{"One", "1", 2},
                    NumberSizeCase{"RecordedFortyTwo", "42", 2},
                    NumberSizeCase{"ThreeDigits", "123", 3}, NumberSizeCase{"Negative", "-42", 3},
                    NumberSizeCase{"TrailingZerosAreFree", "1e125", 2},
                    NumberSizeCase{"LeadingZerosAreFree", "1e-130", 2},
                    NumberSizeCase{"BothSidesRoundUp", "1.5", 3},
                    NumberSizeCase{"InnerZerosCountAfterThePoint", "1.05", 3},
                    NumberSizeCase{"InnerZerosCountBeforeThePoint", "1001", 3},
                    NumberSizeCase{"Widest", "-" + nines(19) + "." + nines(19), 22}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace gtsim
