#include "region-node/config/yaml_reader.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <sstream>

#include "region-node/config/node_settings.h"

namespace gtsim {
namespace {

// More would not be read by anybody.
constexpr std::size_t kMaxErrors = 20;

std::string describe(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Scalar:
      return node.Scalar().empty() ? "an empty text" : in_backticks(node.Scalar());
    case YAML::NodeType::Sequence:
      return "a list";
    case YAML::NodeType::Map:
      return "a map";
    case YAML::NodeType::Null:
    case YAML::NodeType::Undefined:
      return "nothing";
  }
  return "nothing";
}

// The library's messages may quote the file.
std::string printable(std::string text) {
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7F) c = '?';
  }
  return text;
}

// Looks at nothing.
class Skip final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

// Not LoadAll: the library takes a stray `}` for one empty document after the other, for ever.
bool has_two_documents(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  Skip skip;
  return parser.HandleNextDocument(skip) && parser.HandleNextDocument(skip);
}

bool is_plain(const YAML::Node& node) {
  return node.IsScalar() && node.Tag() != "!";
}

}  // namespace

std::string YamlReader::at(const YAML::Mark& mark) const {
  if (mark.is_null()) return fmt::format("{}:1:1", file_);
  return fmt::format("{}:{}:{}", file_, mark.line + 1, mark.column + 1);
}

YamlPlace YamlReader::parse(const std::string& text) {
  YamlPlace place{YAML::Node(YAML::NodeType::Map), "", file_ + ":1:1"};
  try {
    if (has_two_documents(text)) {
      error(place, "found more than one document, or a bracket that nothing opened");
      return place;
    }
    const YAML::Node document = YAML::Load(text);
    if (document.IsDefined() && !document.IsNull()) {
      place.node = document;
      place.where = at(document.Mark());
    }
  } catch (const YAML::Exception& wrong) {
    place.where = at(wrong.mark);
    error(place, "not YAML: " + printable(wrong.msg));
  }
  return place;
}

void YamlReader::members(const YamlPlace& place,
                         const std::function<void(const std::string&, const YamlPlace&)>& read) {
  std::set<std::string> seen;
  for (const auto& member : place.node) {
    const YAML::Node& key = member.first;
    YamlPlace child{member.second, place.path, at(key.Mark())};
    if (!key.IsScalar()) {
      error(child, fmt::format("found {} as the name of a field, expected a word", describe(key)));
      continue;
    }
    const std::string name = key.Scalar();
    std::string path = is_name(name) ? name : in_backticks(name);
    child.path = place.path.empty() ? std::move(path) : place.path + "." + path;
    // What was not written has no place of its own.
    const bool placed =
        member.second.IsDefined() && !member.second.Mark().is_null() && !member.second.IsNull();
    child.where = fmt::format("{}: {}", at(placed ? member.second.Mark() : key.Mark()), child.path);
    if (!seen.insert(name).second) {
      child.where = fmt::format("{}: {}", at(key.Mark()), child.path);
      error(child, "the field stands twice");
      continue;
    }
    read(name, child);
  }
}

void YamlReader::object(const YamlPlace& place, const std::vector<YamlField>& fields) {
  if (!place.node.IsMap()) return mismatch(place, "a map of fields");
  members(place, [&](const std::string& name, const YamlPlace& child) {
    for (const YamlField& field : fields) {
      if (field.name == name) return field.read(child);
    }
    std::string known;
    for (const YamlField& field : fields) {
      known += (known.empty() ? "" : ", ") + std::string(field.name);
    }
    error(child, "there is no such field; fields here are " + known);
  });
}

void YamlReader::map(const YamlPlace& place, std::string_view expected,
                     const std::function<void(const std::string&, const YamlPlace&)>& read) {
  if (!place.node.IsMap()) return mismatch(place, expected);
  members(place, read);
}

void YamlReader::list(const YamlPlace& place, std::string_view expected,
                      const std::function<void(const YamlPlace&)>& read) {
  if (!place.node.IsSequence()) return mismatch(place, expected);
  std::size_t index = 0;
  for (const auto& item : place.node) {
    std::string path = fmt::format("{}[{}]", place.path, index++);
    std::string where = fmt::format("{}: {}", at(item.Mark()), path);
    read({item, std::move(path), std::move(where)});
  }
}

bool YamlReader::text(const YamlPlace& place, std::string_view expected, std::string& out) {
  if (!place.node.IsScalar() || place.node.Scalar().empty()) {
    mismatch(place, expected);
    return false;
  }
  out = place.node.Scalar();
  return true;
}

void YamlReader::boolean(const YamlPlace& place, bool& out) {
  const bool plain = is_plain(place.node);
  if (plain && place.node.Scalar() == "true") {
    out = true;
  } else if (plain && place.node.Scalar() == "false") {
    out = false;
  } else {
    mismatch(place, "true or false");
  }
}

void YamlReader::number(const YamlPlace& place, std::int64_t least, std::int64_t most,
                        std::int64_t& out) {
  const std::string text = is_plain(place.node) ? place.node.Scalar() : "";
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, wrong] = std::from_chars(text.data(), end, value);
  if (text.empty() || stop != end || wrong != std::errc{} || value < least || value > most) {
    return mismatch(place, fmt::format("a whole number from {} to {}", least, most));
  }
  out = value;
}

void YamlReader::decimal(const YamlPlace& place, double least, double most, double& out) {
  const std::string text = is_plain(place.node) ? place.node.Scalar() : "";
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, wrong] = std::from_chars(text.data(), end, value);
  if (text.empty() || stop != end || wrong != std::errc{} || !std::isfinite(value) ||
      value < least || value > most) {
    return mismatch(place, fmt::format("a number from {} to {}", least, most));
  }
  out = value;
}

void YamlReader::error(const YamlPlace& place, std::string_view what) {
  if (errors_.size() == kMaxErrors) errors_.emplace_back("there are more errors than these");
  if (errors_.size() > kMaxErrors) return;
  errors_.push_back(fmt::format("{}: {}", place.where, what));
}

void YamlReader::mismatch(const YamlPlace& place, std::string_view expected) {
  error(place, fmt::format("found {}, expected {}", describe(place.node), expected));
}

}  // namespace gtsim
