#include "region-node/replication/message.h"

namespace gtsim {
namespace {

constexpr std::int64_t kMessageOverheadBytes = 64;
constexpr std::int64_t kChangeOverheadBytes = 40;  // key, version, position

}  // namespace

std::int64_t wire_size_bytes(const Message& message) {
  std::int64_t size = kMessageOverheadBytes;
  for (const Change& change : message.changes) {
    size += kChangeOverheadBytes + change.image.size_bytes();
  }
  return size;
}

}  // namespace gtsim
