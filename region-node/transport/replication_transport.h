// Carries messages between regions over gRPC: the protocol of proto/replication/v1. Outgoing: one
// stream per peer, dialled and dialled again for as long as there is an address. Incoming: one
// stream per peer that dials us. What a lost stream loses, the state machine sends again.
//
// Threads: send() and set_peer() belong to the node's loop; the listener is called on gRPC's
// threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "region-node/base/ids.h"
#include "region-node/base/result.h"
#include "region-node/config/node_config.h"
#include "region-node/replication/message.h"
#include "region-node/table/key_space.h"

namespace gtsim {

inline constexpr int kMaxFramesInFlight = 16;            // sent without credit, per stream
inline constexpr int kMaxFramesHeld = 4;                 // read and not destroyed, per stream
inline constexpr std::size_t kMaxFrameBytes = 4u << 20;  // a larger one is refused
inline constexpr std::size_t kMaxBatchesPerFrame = 1024;
inline constexpr std::size_t kMaxChangesPerFrame = 32'768;
inline constexpr std::size_t kMaxTablesPerFrame = 256;

// A frame from a peer, still in wire form. Destroying it gives the peer its credit back, so it is
// kept until its messages have been handled.
class IncomingFrame {
 public:
  virtual ~IncomingFrame() = default;
  // On the loop's thread, once. Interns keys. An error when the frame breaks the protocol: nothing
  // of it may be used then, the stream has been told and ends. (The transport hands over no such
  // frame: it checks each before, on gRPC's threads.)
  [[nodiscard]] virtual Result<std::vector<Message>> decode() = 0;
};

// What a receiver has of a sender's log of one table, and no crash takes away.
struct LogPosition {
  std::uint64_t received = 0;  // everything below
  std::uint64_t furthest = 0;  // nothing from here on; more than `received` when lanes are apart
};

// Must not block: implementations hand the work to the loop.
class TransportListener {
 public:
  virtual ~TransportListener() = default;
  virtual void on_frame(RegionId from, std::unique_ptr<IncomingFrame> frame) = 0;
  // A peer has dialled us and wants to know, by table, what of its log is durable here. Answer from
  // any thread, once.
  virtual void on_hello(RegionId from, std::function<void(std::vector<LogPosition>)> answer) = 0;
  // Our stream to a peer stands; `positions`, by table: what of our log is durable there.
  virtual void on_connected(RegionId to, std::vector<LogPosition> positions) = 0;
  // The queue to `to` has room again after send() found it full.
  virtual void on_room(RegionId /*to*/) {}
  // Something that a person who runs the node wants to read. `peer` is the own region when it is
  // about somebody who is not known. Not more than a few each second, whatever happens.
  virtual void on_notice(RegionId peer, std::string text) = 0;
};

struct LinkState {
  std::string address;  // empty: none known
  bool connected = false;
  std::string detail;  // the latest error
  std::uint64_t connects = 0;
  std::uint64_t frames_sent = 0;
};

class ReplicationTransport {
 public:
  virtual ~ReplicationTransport() = default;
  // Dials `address` from now on instead of what it dialled before.
  virtual void set_peer(RegionId to, const std::string& address) = 0;
  // False when nothing can be taken now (not connected, queue full): the messages are lost.
  virtual bool send(RegionId to, std::vector<Message> messages) = 0;
  [[nodiscard]] virtual LinkState state(RegionId to) const = 0;
  // The next table by number, and one that is another from here on. On the loop's thread, before
  // anything is sent about it.
  virtual void add_table(const NodeTable& table, KeySpace& keys) = 0;
  virtual void define_anew(TableId table, const TableDefinition& definition) = 0;
  // Where peers reach us: host:port with the port that was given.
  [[nodiscard]] virtual std::string listening_on() const = 0;
  // No callback comes after this returns; it waits at most a second.
  virtual void stop() = 0;
};

// Listens at once. `keys` by TableId index; used on the loop's thread only. kIo when the address
// cannot be listened on or a certificate cannot be read.
[[nodiscard]] Result<std::unique_ptr<ReplicationTransport>> start_replication_transport(
    const NodeConfig& config, std::vector<KeySpace*> keys, TransportListener& listener);

}  // namespace gtsim
