// Reads a YAML tree by a list of fields. Everything that does not fit is told with its place:
// "node.yaml:3:9: tables.orders.shards: found `x`, expected a whole number from 1 to 1000".
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gtsim {

class YamlReader;

// Where a reader stands: the node, the field's path, and its "file:line:column: path".
struct YamlPlace {
  YAML::Node node;
  std::string path;
  std::string where;
};

struct YamlField {
  std::string_view name;
  std::function<void(const YamlPlace&)> read;
};

class YamlReader {
 public:
  explicit YamlReader(std::string file) : file_(std::move(file)) {}

  // The only document of `text`; an empty map when there is none or the text is no YAML.
  [[nodiscard]] YamlPlace parse(const std::string& text);

  // --- Each reports at `place` what does not fit, and returns false or leaves `out` as it was.
  void object(const YamlPlace& place, const std::vector<YamlField>& fields);
  // A map with names of the file's own choice, in its order.
  void map(const YamlPlace& place, std::string_view expected,
           const std::function<void(const std::string& name, const YamlPlace&)>& read);
  void list(const YamlPlace& place, std::string_view expected,
            const std::function<void(const YamlPlace&)>& read);
  bool text(const YamlPlace& place, std::string_view expected, std::string& out);
  void boolean(const YamlPlace& place, bool& out);
  void number(const YamlPlace& place, std::int64_t least, std::int64_t most, std::int64_t& out);
  void decimal(const YamlPlace& place, double least, double most, double& out);
  // One of the words, by index.
  template <class E>
  void word(const YamlPlace& place, std::initializer_list<std::pair<std::string_view, E>> words,
            E& out) {
    std::string expected;
    std::string found;
    for (const auto& [name, value] : words) {
      expected += (expected.empty() ? "" : ", ") + std::string(name);
    }
    expected = "one of " + expected;
    if (!text(place, expected, found)) return;
    for (const auto& [name, value] : words) {
      if (name == found) {
        out = value;
        return;
      }
    }
    mismatch(place, expected);
  }

  void error(const YamlPlace& place, std::string_view what);
  void mismatch(const YamlPlace& place, std::string_view expected);
  [[nodiscard]] const std::vector<std::string>& errors() const { return errors_; }

 private:
  [[nodiscard]] std::string at(const YAML::Mark& mark) const;
  void members(const YamlPlace& place,
               const std::function<void(const std::string&, const YamlPlace&)>& read);

  std::string file_;
  std::vector<std::string> errors_;
};

}  // namespace gtsim
