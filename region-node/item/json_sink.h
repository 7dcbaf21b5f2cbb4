// Appends JSON to a string through a bare pointer: one check of the room for each piece instead of
// a call into std::string for each. The string is longer than its text until finish().
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "region-node/item/base64.h"
#include "region-node/item/number.h"

namespace gtsim {

class JsonSink {
 public:
  // `expected` is a guess at the size of what follows.
  JsonSink(std::string& out, std::size_t expected) : out_(out), used_(out.size()) {
    out_.resize(used_ + expected);
  }
  JsonSink(const JsonSink&) = delete;
  JsonSink& operator=(const JsonSink&) = delete;

  void finish() { out_.resize(used_); }

  template <std::size_t N>
  void literal(const char (&text)[N]) {
    std::memcpy(room(N - 1), text, N - 1);
    used_ += N - 1;
  }

  void character(char value) {
    *room(1) = value;
    ++used_;
  }

  // The literal with its quotes.
  void string(std::string_view text);

  void number(const Number& number) {
    char* const to = room(Number::kMaxTextSize);
    used_ += static_cast<std::size_t>(number.write_to(to) - to);
  }

  void base64(std::string_view bytes) {
    write_base64(room(base64_size(bytes.size())), bytes);
    used_ += base64_size(bytes.size());
  }

  // Takes back the last character.
  void drop_last() { --used_; }

 private:
  [[nodiscard]] char* room(std::size_t size) {
    if (out_.size() - used_ < size) [[unlikely]]
      out_.resize(out_.size() + size + kGrowth);
    return out_.data() + used_;
  }

  void raw(const char* from, std::size_t size) {
    std::copy_n(from, size, room(size));
    used_ += size;
  }
  void escape(char character);

  static constexpr std::size_t kGrowth = 256;

  std::string& out_;
  std::size_t used_;  // Invariant: used_ <= out_.size()
};

}  // namespace gtsim
