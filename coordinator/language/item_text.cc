#include "coordinator/language/item_text.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "region-node/item/dynamodb_json.h"

namespace gtsim {
namespace {

bool letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// Whether YAML reads these characters, unquoted, as the text that they are. Too careful rather than
// too bold: quotes are never wrong.
bool plain(std::string_view text) {
  static constexpr std::array<std::string_view, 3> kOtherValues{"true", "false", "null"};
  if (text.empty() || !letter(text.front())) return false;
  const bool safe = std::all_of(text.begin(), text.end(), [](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '@' || c == '/';
  });
  return safe && std::find(kOtherValues.begin(), kOtherValues.end(), text) == kOtherValues.end();
}

void append_text(std::string& out, std::string_view text) {
  if (plain(text)) {
    out += text;
  } else {
    append_json_string(out, text);
  }
}

class ValueWriter {
 public:
  explicit ValueWriter(std::string& out) : out_(out) {}

  void operator()(const std::string& text) const { append_text(out_, text); }
  void operator()(const Number& number) const { out_ += number.to_string(); }
  void operator()(const Binary& binary) const {
    out_ += "{B: " + base64_encode(binary.bytes) + "}";
  }
  void operator()(bool flag) const { out_ += flag ? "true" : "false"; }
  void operator()(Null) const { out_ += "null"; }
  void operator()(const StringSet& set) const {
    typed("SS", set, [&](const std::string& member) { append_text(out_, member); });
  }
  void operator()(const NumberSet& set) const {
    typed("NS", set, [&](const Number& member) { out_ += member.to_string(); });
  }
  void operator()(const BinarySet& set) const {
    typed("BS", set, [&](const Binary& member) { out_ += base64_encode(member.bytes); });
  }
  void operator()(const List& list) const {
    sequence(list, [&](const AttributeValue& member) { std::visit(*this, member.variant()); });
  }
  void operator()(const Map& map) const {
    out_ += '{';
    const char* separator = "";
    for (const auto& [name, value] : map) {
      out_ += separator;
      separator = ", ";
      append_text(out_, name);
      out_ += ": ";
      std::visit(*this, value.variant());
    }
    out_ += '}';
  }

 private:
  template <class Members, class F>
  void sequence(const Members& members, F write) const {
    out_ += '[';
    const char* separator = "";
    for (const auto& member : members) {
      out_ += separator;
      separator = ", ";
      write(member);
    }
    out_ += ']';
  }
  template <class Members, class F>
  void typed(const char* type, const Members& members, F write) const {
    out_ += '{';
    out_ += type;
    out_ += ": ";
    sequence(members, write);
    out_ += '}';
  }

  std::string& out_;
};

}  // namespace

std::string item_text(const Item& item) {
  std::string out;
  ValueWriter{out}(item);
  return out;
}

}  // namespace gtsim
