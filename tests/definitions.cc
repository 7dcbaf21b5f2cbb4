#include "tests/definitions.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "tests/source_tree.h"

namespace gtsim::source_tree {
namespace {

using Words = std::vector<Word>;

// Line by line as before, without the preprocessor's lines, whose braces pair with nothing.
std::string without_directives(std::string code) {
  bool in_directive = false;
  std::size_t at = 0;
  while (at < code.size()) {
    const std::size_t end = std::min(code.find('\n', at), code.size());
    const std::size_t first = code.find_first_not_of(" \t", at);
    in_directive |= first < end && code[first] == '#';
    const bool goes_on = end > at && code[end - 1] == '\\';
    if (in_directive) std::fill(code.begin() + at, code.begin() + end, ' ');
    in_directive = in_directive && goes_on;
    at = end + 1;
  }
  return code;
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// The index after what closes the bracket at `open`.
std::size_t after_bracket(const Words& all, std::size_t open, std::string_view opens,
                          std::string_view closes) {
  int depth = 0;
  for (std::size_t i = open; i < all.size(); ++i) {
    if (all[i].text == opens) ++depth;
    if (all[i].text == closes && --depth == 0) return i + 1;
  }
  return all.size();
}

std::string joined(const Words& all, std::size_t from, std::size_t to) {
  std::string text;
  for (std::size_t i = from; i < to; ++i) {
    const bool two_names = !text.empty() && is_identifier(all[i].text) &&
                           (std::isalnum(static_cast<unsigned char>(text.back())) != 0);
    if (two_names) text += ' ';
    text += all[i].text;
  }
  return text;
}

// One parameter without its name and its default, so that the same function written with another
// name is the same.
std::string parameter_type(const Words& all, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to; ++i) {
    if (all[i].text == "=") to = i;
  }
  if (to >= from + 2 && is_identifier(all[to - 1].text) && all[to - 2].text != "::" &&
      !is_one_of(all[to - 2].text, {"const", "unsigned", "struct"}) &&
      !is_one_of(all[to - 1].text, {"const", "int", "long", "char"})) {
    --to;
  }
  std::string text = joined(all, from, to);
  if (text.starts_with("std::")) text.erase(0, 5);
  return text;
}

std::string parameter_types(const Words& all, std::size_t open, std::size_t close) {
  std::string text = "(";
  std::size_t from = open + 1;
  int depth = 0;
  for (std::size_t i = open + 1; i <= close; ++i) {
    if (is_one_of(all[i].text, {"(", "<", "["})) ++depth;
    if (i < close && is_one_of(all[i].text, {")", ">", "]"})) --depth;
    if (i < close && (depth != 0 || all[i].text != ",")) continue;
    if (text.size() > 1) text += ',';
    text += parameter_type(all, from, i);
    from = i + 1;
  }
  return text + ")";
}

class Reader {
 public:
  explicit Reader(Words all) : all_(std::move(all)) {}

  std::vector<Definition> run() {
    std::size_t at = 0;
    while (at < all_.size()) at = statement(at);
    return std::move(found_);
  }

 private:
  // One declaration, or the brace that ends a namespace; returns the index after it.
  std::size_t statement(std::size_t at) {
    if (all_[at].text == "}") {
      if (!scopes_.empty()) scopes_.pop_back();
      return at + 1;
    }
    std::size_t end = at;  // at the `;` or `{` that ends its head
    while (end < all_.size() && all_[end].text != ";" && all_[end].text != "{") {
      end = all_[end].text == "(" ? after_bracket(all_, end, "(", ")") : end + 1;
    }
    if (end >= all_.size()) return all_.size();
    const std::size_t begin = past_prefix(at, end);
    if (all_[end].text == ";") {
      note_variable(begin, end);
      return end + 1;
    }
    if (opens_scope(begin, end)) return end + 1;
    if (const auto name = type_name(begin, end)) {
      note(*name, all_[begin].line);
      return past_body(end);
    }
    if (const auto open = parameter_list(begin, end)) {
      note_function(begin, *open);
      return past_function(end);
    }
    note_variable(begin, end);
    return past_body(end);
  }

  // Past `template <...>`, `requires`, attributes.
  std::size_t past_prefix(std::size_t at, std::size_t end) const {
    while (at < end) {
      if (all_[at].text == "template" && at + 1 < end && all_[at + 1].text == "<") {
        at = after_bracket(all_, at + 1, "<", ">");
      } else if (all_[at].text == "[") {
        at = after_bracket(all_, at, "[", "]");
      } else if (all_[at].text == "__extension__" || all_[at].text == "typedef") {
        ++at;
      } else {
        break;
      }
    }
    return std::min(at, end);
  }

  bool opens_scope(std::size_t begin, std::size_t end) {
    std::size_t at = begin;
    if (at < end && all_[at].text == "inline") ++at;
    if (at < end && all_[at].text == "namespace") {
      const std::string name = joined(all_, at + 1, end);
      scopes_.push_back(name.empty() ? std::nullopt : std::optional<std::string>{name + "::"});
      return true;
    }
    // Literals are blank: `extern "C" {`.
    if (end == begin + 1 && all_[begin].text == "extern") {
      scopes_.emplace_back("");
      return true;
    }
    return false;
  }

  std::optional<std::string> type_name(std::size_t begin, std::size_t end) const {
    std::size_t at = begin;
    if (at >= end || !is_one_of(all_[at].text, {"class", "struct", "union", "enum"})) return {};
    ++at;
    if (at < end && is_one_of(all_[at].text, {"class", "struct"})) ++at;
    while (at < end && (all_[at].text == "[" || all_[at].text == "alignas")) {
      at = all_[at].text == "[" ? after_bracket(all_, at, "[", "]")
                                : after_bracket(all_, at + 1, "(", ")");
    }
    const std::size_t first = at;
    while (at < end && (is_identifier(all_[at].text) || all_[at].text == "::") &&
           all_[at].text != "final") {
      ++at;
    }
    if (at < end && all_[at].text == "<") at = after_bracket(all_, at, "<", ">");
    // `struct stat read_it() {` is a function, `struct {` has no name.
    const bool is_definition = at >= end || all_[at].text == ":" || all_[at].text == "final";
    if (!is_definition || at == first) return {};
    return joined(all_, first, at);
  }

  // The index of the `(` that opens a function's parameters.
  std::optional<std::size_t> parameter_list(std::size_t begin, std::size_t end) const {
    int angles = 0;
    for (std::size_t i = begin; i < end; ++i) {
      const std::string_view word = all_[i].text;
      if (word == "operator") {  // its symbols, or the type converted to, until the parameters
        std::size_t open = i + 1;
        if (all_[open].text == "(" && all_[open + 1].text == ")") open += 2;
        while (open < end && all_[open].text != "(") ++open;
        return open < end ? std::optional{open} : std::nullopt;
      }
      if (word == "<") ++angles;
      if (word == ">") --angles;
      if (angles > 0) continue;
      if (word == "=") return {};
      if (word == "(" && i > begin && is_identifier(all_[i - 1].text) &&
          !is_one_of(all_[i - 1].text, {"decltype", "alignas", "noexcept", "requires"})) {
        return i;
      }
      if (word == "(") i = after_bracket(all_, i, "(", ")") - 1;
    }
    return {};
  }

  void note_function(std::size_t begin, std::size_t open) {
    std::size_t first = open;
    while (first > begin && all_[first].text != "operator") --first;
    if (all_[first].text != "operator") {
      first = open - 1;
      if (first > begin && all_[first - 1].text == "~") --first;
    }
    while (first >= begin + 2 && all_[first - 1].text == "::" &&
           is_identifier(all_[first - 2].text)) {
      first -= 2;
    }
    for (std::size_t i = begin; i < first; ++i) {
      if (all_[i].text == "static") return;
    }
    const std::size_t close = after_bracket(all_, open, "(", ")") - 1;
    note(joined(all_, first, open) + parameter_types(all_, open, close), all_[open].line);
  }

  // Only an inline one may stand in a header, and then in one only.
  void note_variable(std::size_t begin, std::size_t end) {
    bool is_inline = false;
    std::size_t name_end = begin;
    while (name_end < end && !is_one_of(all_[name_end].text, {"=", "("})) {
      is_inline |= all_[name_end].text == "inline";
      if (all_[name_end].text == "<") {
        name_end = after_bracket(all_, name_end, "<", ">");
      } else {
        ++name_end;
      }
    }
    if (!is_inline || name_end <= begin) return;
    if (name_end < end && all_[name_end].text == "(") return;  // a function, declared
    while (name_end > begin && all_[name_end - 1].text == "]") {
      while (name_end > begin && all_[name_end - 1].text != "[") --name_end;
      --name_end;
    }
    note(std::string(all_[name_end - 1].text), all_[begin].line);
  }

  // From the `{` of a type or an initialiser to after its `;`.
  std::size_t past_body(std::size_t open) const {
    std::size_t at = after_bracket(all_, open, "{", "}");
    while (at < all_.size() && all_[at].text != ";") {
      at = all_[at].text == "{" ? after_bracket(all_, at, "{", "}") : at + 1;
    }
    return at < all_.size() ? at + 1 : at;
  }

  // From the first `{` after a function's head to after its body. That brace may be a member's:
  // `Timer::Timer() : count_{0}, limit_{1} {`.
  std::size_t past_function(std::size_t open) const {
    std::size_t at = after_bracket(all_, open, "{", "}");
    while (at < all_.size() && (all_[at].text == "," || all_[at].text == "{")) {
      while (at < all_.size() && all_[at].text != "{") {
        at = all_[at].text == "(" ? after_bracket(all_, at, "(", ")") : at + 1;
      }
      at = after_bracket(all_, at, "{", "}");
    }
    return at;
  }

  void note(std::string_view name, int line) {
    std::string qualified;
    for (const std::optional<std::string>& scope : scopes_) {
      if (!scope) return;  // an unnamed namespace: nobody else sees it
      qualified += *scope;
    }
    found_.push_back({qualified + std::string(name), line});
  }

  Words all_;
  // Of each open namespace its name and "::"; nothing of an unnamed one.
  std::vector<std::optional<std::string>> scopes_;
  std::vector<Definition> found_;
};

}  // namespace

std::vector<Definition> definitions(std::string_view text) {
  const std::string code = without_directives(code_only(text));
  return Reader{words(code)}.run();
}

}  // namespace gtsim::source_tree
