// Appends JSON to a string through a bare pointer: one check of the room for each piece instead of
// a call into std::string for each. The string is longer than its text until finish().
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include "region-node/item/base64.h"
#include "region-node/item/number.h"

namespace gtsim {

class JsonSink {
 public:
  // `expected` is a guess at the size of what follows.
  JsonSink(std::string& out, std::size_t expected) : out_(out) { grow(out.size(), expected); }
  JsonSink(const JsonSink&) = delete;
  JsonSink& operator=(const JsonSink&) = delete;

  void finish() { out_.resize(used()); }

  template <std::size_t N>
  void literal(const char (&text)[N]) {
    make_room(N - 1);
    std::memcpy(at_, text, N - 1);
    at_ += N - 1;
  }

  void character(char value) {
    make_room(1);
    *at_++ = value;
  }

  // The literal with its quotes.
  void string(std::string_view text);

  void number(const Number& number) {
    make_room(Number::kMaxTextSize);
    at_ = number.write_to(at_);
  }

  void base64(std::string_view bytes) {
    make_room(base64_size(bytes.size()));
    at_ = write_base64(at_, bytes);
  }

  // Takes back the last character.
  void drop_last() { --at_; }

 private:
  [[nodiscard]] std::size_t used() const { return static_cast<std::size_t>(at_ - out_.data()); }

  void make_room(std::size_t size) {
    if (static_cast<std::size_t>(end_ - at_) < size) [[unlikely]]
      grow(used(), size + kGrowth);
  }

  void grow(std::size_t keep, std::size_t by);
  void raw(std::string_view text);
  void escape(char character);

  static constexpr std::size_t kGrowth = 256;

  std::string& out_;
  char* at_ = nullptr;   // the next character goes here
  char* end_ = nullptr;  // the end of out_
};

}  // namespace gtsim
