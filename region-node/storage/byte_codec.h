// Bytes of the values in the database: little-endian words and LEB128 varints. The reader never
// reads past the end; what does not fit makes it fail, once and for all.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace gtsim {

class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}
  void byte(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void word(std::uint64_t value) {
    char bytes[8];
    for (char& each : bytes) {
      each = static_cast<char>(value & 0xFF);
      value >>= 8;
    }
    out_.append(bytes, sizeof bytes);
  }
  void word(std::int64_t value) { word(static_cast<std::uint64_t>(value)); }
  void varint(std::uint64_t value) {
    while (value >= 0x80) {
      out_.push_back(static_cast<char>(value | 0x80));
      value >>= 7;
    }
    out_.push_back(static_cast<char>(value));
  }
  void text(std::string_view value) {
    varint(value.size());
    out_.append(value);
  }
  void rest(std::string_view value) { out_.append(value); }

 private:
  std::string& out_;
};

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  [[nodiscard]] std::uint8_t byte() {
    if (rest_.empty()) return fail();
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  [[nodiscard]] std::uint64_t word() {
    if (rest_.size() < 8) return fail();
    std::uint64_t value = 0;
    for (int i = 7; i >= 0; --i) {
      value = value << 8 | static_cast<std::uint8_t>(rest_[static_cast<std::size_t>(i)]);
    }
    rest_.remove_prefix(8);
    return value;
  }
  [[nodiscard]] std::int64_t signed_word() { return static_cast<std::int64_t>(word()); }
  [[nodiscard]] std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const std::uint8_t next = byte();
      value |= static_cast<std::uint64_t>(next & 0x7F) << shift;
      if (next < 0x80) return value;
    }
    return fail();
  }
  [[nodiscard]] std::string_view text() {
    const std::uint64_t length = varint();
    if (length > rest_.size()) {
      fail();
      return {};
    }
    const std::string_view value = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return value;
  }
  [[nodiscard]] std::string_view rest() {
    const std::string_view value = rest_;
    rest_ = {};
    return value;
  }
  [[nodiscard]] bool failed() const { return failed_; }
  // Everything read, nothing left.
  [[nodiscard]] bool complete() const { return !failed_ && rest_.empty(); }

 private:
  std::uint8_t fail() {
    failed_ = true;
    rest_ = {};
    return 0;
  }
  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace gtsim
