// The bytes of a replay file, cut into lines or into JSON documents. A file is read in chunks and
// only the piece in hand is kept, so a file of a gigabyte needs no gigabyte to be checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "coordinator/scenario/scenario.h"
#include "region-node/base/result.h"

namespace gtsim::replay {

inline constexpr std::uint64_t kMaxFileBytes = 1u << 30;
inline constexpr std::size_t kMaxLineBytes = 1u << 20;
// GetRecords answers with up to 1 MB of records, which pretty printing and base64 make larger, and
// Lambda hands out up to 6 MB.
inline constexpr std::size_t kMaxDocumentBytes = 16u << 20;

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // The next bytes, valid until the next call; empty at the end.
  [[nodiscard]] virtual Result<std::string_view> next() = 0;
};

[[nodiscard]] Result<std::unique_ptr<ByteSource>> open_file(const std::string& path);
// `text` must outlive the source.
[[nodiscard]] std::unique_ptr<ByteSource> read_from_memory(std::string_view text);

struct Piece {
  std::string_view text;    // valid until the next call
  SourcePosition position;  // of its first byte
};

struct Fault {
  SourcePosition position;
  std::string message;
};

// Nothing at the end of the file. A fault in the bytes does not end the reading unless `next` says
// nothing afterwards.
using PieceOrFault = std::variant<std::monostate, Piece, Fault>;

// Where the byte at `offset` of a piece stands. Columns count characters, not bytes.
[[nodiscard]] SourcePosition position_in(const Piece& piece, std::size_t offset);

class PieceReader {
 public:
  virtual ~PieceReader() = default;
  [[nodiscard]] virtual PieceOrFault next() = 0;
};

// Lines that hold more than blanks.
[[nodiscard]] std::unique_ptr<PieceReader> read_lines(ByteSource& source);
// JSON values one after the other, however they are broken into lines. A value is found by its
// brackets alone; what is between them may still be no JSON.
[[nodiscard]] std::unique_ptr<PieceReader> read_documents(ByteSource& source);

}  // namespace gtsim::replay
