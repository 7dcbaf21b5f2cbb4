#include "coordinator/workload/replay_text.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include "region-node/item/utf8.h"

namespace gtsim::replay {
namespace {

constexpr std::size_t kChunkBytes = 256u << 10;
constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";

Error input_error(std::string_view what, int error) {
  return {Errc::kInput, fmt::format("{}: {}", what, std::strerror(error))};
}

Error too_large() {
  return {Errc::kInput,
          fmt::format("the file is larger than {} MiB; replay it in parts", kMaxFileBytes >> 20)};
}

class FileSource final : public ByteSource {
 public:
  explicit FileSource(int file) : file_(file), buffer_(kChunkBytes) {}
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;
  ~FileSource() override { ::close(file_); }

  Result<std::string_view> next() override {
    ssize_t got = -1;
    do {
      got = ::read(file_, buffer_.data(), buffer_.size());
    } while (got < 0 && errno == EINTR);
    if (got < 0) return input_error("cannot read the file", errno);
    total_ += static_cast<std::uint64_t>(got);
    if (total_ > kMaxFileBytes) return too_large();
    return std::string_view{buffer_.data(), static_cast<std::size_t>(got)};
  }

 private:
  int file_;
  std::vector<char> buffer_;
  std::uint64_t total_ = 0;
};

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string_view text) : text_(text) {}
  Result<std::string_view> next() override {
    const std::string_view chunk = text_.substr(0, kChunkBytes);
    text_.remove_prefix(chunk.size());
    return chunk;
  }

 private:
  std::string_view text_;
};

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// A byte that starts a character: all but the continuation bytes of UTF-8.
bool starts_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

// Where the first sequence starts that is no character. REQUIRES: `text` is not UTF-8.
std::size_t first_invalid_byte(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t end = at + 1;
    while (end < text.size() && !starts_character(text[end])) ++end;
    if (!is_valid_utf8(text.substr(at, end - at))) return at;
    at = end;
  }
  return 0;
}

// What no JSON text may contain, wherever it stands.
std::optional<Fault> check_bytes(const Piece& piece) {
  if (const std::size_t nul = piece.text.find('\0'); nul != std::string_view::npos) {
    return Fault{position_in(piece, nul), "a NUL byte; expected JSON text"};
  }
  if (is_valid_utf8(piece.text)) return std::nullopt;
  const std::size_t at = first_invalid_byte(piece.text);
  return Fault{position_in(piece, at), fmt::format("byte 0x{:02x} is not valid UTF-8",
                                                   static_cast<unsigned char>(piece.text[at]))};
}

// Hands out bytes of a source and remembers that it has ended or failed.
class Chunks {
 public:
  explicit Chunks(ByteSource& source) : source_(source) {}

  // False at the end and after a failure.
  bool refill() {
    if (ended_) return false;
    auto next = source_.next();
    if (!next) {
      failure_ = next.error().detail;
      ended_ = true;
      return false;
    }
    rest = *next;
    if (first_) {
      first_ = false;
      if (rest.starts_with(kUtf8Mark)) rest.remove_prefix(kUtf8Mark.size());
      if (rest.starts_with("\xFE\xFF") || rest.starts_with("\xFF\xFE")) {
        failure_ = "the file is UTF-16; save it as UTF-8";
        stop();
        return false;
      }
      if (rest.empty()) return refill();  // the file ends, or held nothing but the mark
    }
    ended_ = rest.empty();
    return !ended_;
  }

  void stop() {
    rest = {};
    ended_ = true;
  }

  // Told once.
  [[nodiscard]] std::optional<Fault> take_failure(SourcePosition position) {
    if (!failure_) return std::nullopt;
    Fault fault{position, std::move(*failure_)};
    failure_.reset();
    return fault;
  }

  std::string_view rest;

 private:
  ByteSource& source_;
  std::optional<std::string> failure_;
  bool first_ = true;
  bool ended_ = false;
};

class LineReader final : public PieceReader {
 public:
  explicit LineReader(ByteSource& source) : chunks_(source) {}

  PieceOrFault next() override {
    while (true) {
      ++line_;
      const Taken taken = take_line();
      if (auto fault = chunks_.take_failure({line_, 1})) return *fault;
      if (taken == Taken::kNothing) return std::monostate{};
      if (taken == Taken::kTooLong) {
        return Fault{{line_, 1},
                     fmt::format("the line is longer than {} MiB; expected one write "
                                 "per line",
                                 kMaxLineBytes >> 20)};
      }
      const Piece piece{text_, {line_, 1}};
      if (auto fault = check_bytes(piece)) return *fault;
      if (text_.find_first_not_of(" \t\r") != std::string_view::npos) return piece;
    }
  }

 private:
  enum class Taken { kNothing, kLine, kTooLong };

  // Sets text_ to the next line; of one that is too long nothing is kept.
  Taken take_line() {
    partial_.clear();
    text_ = {};
    Taken taken = Taken::kNothing;
    while (true) {
      if (chunks_.rest.empty() && !chunks_.refill()) break;
      const std::size_t end = chunks_.rest.find('\n');
      const std::string_view part = chunks_.rest.substr(0, end);
      chunks_.rest.remove_prefix(std::min(part.size() + 1, chunks_.rest.size()));
      if (taken != Taken::kTooLong) {
        taken = partial_.size() + part.size() > kMaxLineBytes ? Taken::kTooLong : Taken::kLine;
      }
      if (taken == Taken::kLine) {
        if (end != std::string_view::npos && partial_.empty()) {
          text_ = part;  // the usual case: no copy
          return taken;
        }
        partial_ += part;
      }
      if (end != std::string_view::npos) break;
    }
    text_ = partial_;
    return taken;
  }

  Chunks chunks_;
  std::string partial_;
  std::string_view text_;
  int line_ = 0;
};

class DocumentReader final : public PieceReader {
 public:
  explicit DocumentReader(ByteSource& source) : chunks_(source) {}

  PieceOrFault next() override {
    skip_blanks();
    if (auto fault = chunks_.take_failure(position_)) return *fault;
    if (chunks_.rest.empty()) return std::monostate{};
    Piece piece{{}, position_};
    text_.clear();
    const bool complete = take_document();
    if (auto fault = chunks_.take_failure(position_)) return *fault;
    piece.text = text_;
    if (auto fault = check_bytes(piece)) return *fault;
    if (!complete && text_.size() >= kMaxDocumentBytes) {
      chunks_.stop();
      return Fault{piece.position, fmt::format("the JSON value that starts here is larger than {} "
                                               "MiB; expected records as GetRecords returns them",
                                               kMaxDocumentBytes >> 20)};
    }
    return piece;
  }

 private:
  void advance(char c) {
    if (c == '\n') {
      ++position_.line;
      position_.column = 1;
    } else if (starts_character(c)) {
      ++position_.column;
    }
  }

  void skip_blanks() {
    while (!chunks_.rest.empty() || chunks_.refill()) {
      if (!is_blank(chunks_.rest.front())) return;
      advance(chunks_.rest.front());
      chunks_.rest.remove_prefix(1);
    }
  }

  // Up to the bracket that closes the first one, or to the end of the line when there is none.
  bool take_document() {
    int depth = 0;
    bool in_string = false;
    bool escaped = false;
    while (!chunks_.rest.empty() || chunks_.refill()) {
      std::size_t used = 0;
      bool complete = false;
      for (const char c : chunks_.rest.substr(0, kMaxDocumentBytes - text_.size())) {
        if (depth == 0 && !in_string && c == '\n') {
          complete = true;
          break;
        }
        ++used;
        advance(c);
        if (in_string) {
          in_string = escaped || c != '"';
          escaped = !escaped && c == '\\';
          continue;
        }
        in_string = c == '"';
        if (c == '{' || c == '[') ++depth;
        if ((c == '}' || c == ']') && --depth <= 0) {
          complete = true;
          break;
        }
      }
      text_ += chunks_.rest.substr(0, used);
      chunks_.rest.remove_prefix(used);
      if (complete) return true;
      if (text_.size() >= kMaxDocumentBytes) return false;
    }
    return false;
  }

  Chunks chunks_;
  std::string text_;
  SourcePosition position_{1, 1};
};

}  // namespace

Result<std::unique_ptr<ByteSource>> open_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return input_error("cannot open the file", errno);
  auto source = std::make_unique<FileSource>(file);
  struct stat status {};
  if (::fstat(file, &status) != 0) return input_error("cannot open the file", errno);
  if (S_ISDIR(status.st_mode)) return Error{Errc::kInput, "this is a folder, expected a file"};
  if (S_ISREG(status.st_mode) && static_cast<std::uint64_t>(status.st_size) > kMaxFileBytes) {
    return too_large();
  }
  return std::unique_ptr<ByteSource>(std::move(source));
}

std::unique_ptr<ByteSource> read_from_memory(std::string_view text) {
  return std::make_unique<MemorySource>(text);
}

std::unique_ptr<PieceReader> read_lines(ByteSource& source) {
  return std::make_unique<LineReader>(source);
}

std::unique_ptr<PieceReader> read_documents(ByteSource& source) {
  return std::make_unique<DocumentReader>(source);
}

SourcePosition position_in(const Piece& piece, std::size_t offset) {
  SourcePosition position = piece.position;
  for (const char c : piece.text.substr(0, offset)) {
    if (c == '\n') {
      ++position.line;
      position.column = 1;
    } else if (starts_character(c)) {
      ++position.column;
    }
  }
  return position;
}

}  // namespace gtsim::replay
