// Our way to one peer: dials, introduces itself, ships frames while there is credit, and dials
// again when the stream breaks, for as long as there is an address.
//
// Threads: send() on the loop's thread only, because images belong to it; the rest from any.
#pragma once

#include <grpcpp/security/credentials.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "region-node/base/random.h"
#include "region-node/transport/frame_queue.h"
#include "region-node/transport/transport_shared.h"

namespace gtsim {

class OutgoingLink : public std::enable_shared_from_this<OutgoingLink> {
 public:
  OutgoingLink(std::shared_ptr<TransportShared> shared, RegionId to,
               std::shared_ptr<grpc::ChannelCredentials> credentials);

  // Drops the stream that stands and dials anew, unless nothing changes. Empty: dials no more.
  void set_address(const std::string& address);
  [[nodiscard]] bool send(const std::vector<Message>& messages);
  // A table that came. On the loop's thread.
  void add_table(KeySpace& keys);
  [[nodiscard]] LinkState state() const;
  // Dials no more. The stream ends a little later (TransportShared::outgoing_streams).
  void stop();

 private:
  class Stream;

  // --- What a stream reports; ignored from one that has been dropped.
  void on_message(Stream& stream, const replication::v1::FromReceiver& message);
  void on_written(Stream& stream);
  void on_broken(Stream& stream);
  void on_done(Stream& stream, const std::string& why);

  // --- REQUIRES: mutex_ is held.
  void dial();
  void dial_later();
  // `cancel`: the stream has not ended by itself.
  void drop(bool cancel);
  void lose(const std::string& why, bool cancel);
  // Takes the next frame when one may be written now; the caller writes it.
  [[nodiscard]] bool take_next();
  [[nodiscard]] std::string check_welcome(const replication::v1::Welcome& welcome) const;

  const std::shared_ptr<TransportShared> shared_;
  const RegionId to_;
  const std::shared_ptr<grpc::ChannelCredentials> credentials_;

  mutable std::mutex mutex_;  // guards everything below
  LinkState state_;
  bool stopped_ = false;
  Stream* stream_ = nullptr;      // owns itself; null: none, or a dropped one that is still ending
  std::uint64_t dial_count_ = 0;  // tells a late timer that something else happened
  FrameQueue queue_;
  bool writing_ = false;            // stream_ writes Hello or a frame
  bool refused_ = false;            // send() found the queue full since there was room
  std::uint64_t frames_taken_ = 0;  // for stream_
  std::uint64_t frames_credited_ = 0;
  std::string told_;  // the latest failure that a person was told of
  std::chrono::milliseconds back_off_;
  std::chrono::steady_clock::time_point connected_at_{};
  Random random_;
};

}  // namespace gtsim
