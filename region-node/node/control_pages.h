// Answers that come in pages: one page at a time, each made in one piece of work on the loop's
// thread and sent when what it tells is durable. Memory is bounded by a page.
#pragma once

#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <memory>
#include <utility>

#include "region-node/node/node_loop.h"

namespace gtsim {

inline constexpr std::size_t kPageItems = 256;
inline constexpr std::size_t kPageBytes = 512u << 10;

enum class PageNext : std::uint8_t {
  kMore,  // send the page, then ask again (an empty one is not sent)
  kLast,  // send it and end
  kError  // end with error()
};

template <class Page>
class PageSource {
 public:
  virtual ~PageSource() = default;
  // On the loop's thread. `page` is empty.
  [[nodiscard]] virtual PageNext next(NodeLoop& loop, Page& page, bool& worth_sending) = 0;
  [[nodiscard]] virtual grpc::Status error() const { return grpc::Status::OK; }
};

// Deletes itself when the call is done.
template <class Page>
class PageReactor : public grpc::ServerWriteReactor<Page> {
 public:
  PageReactor(NodeLoop& loop, std::unique_ptr<PageSource<Page>> source)
      : loop_(loop), source_(std::move(source)) {
    ask();
  }

  void OnWriteDone(bool ok) override {
    if (!ok) {
      this->Finish(grpc::Status(grpc::StatusCode::CANCELLED, "the stream broke"));
    } else if (last_) {
      this->Finish(grpc::Status::OK);
    } else {
      ask();
    }
  }
  void OnCancel() override { cancelled_ = true; }
  void OnDone() override { delete this; }

 private:
  // Ends the call when the loop drops the work: the node stops, or what the page would tell is
  // damaged. Taken only by what ends the call or passes it on.
  struct Asked {
    explicit Asked(PageReactor* reactor) : asker(reactor) {}
    Asked(const Asked&) = delete;
    Asked& operator=(const Asked&) = delete;
    ~Asked() {
      if (asker == nullptr) return;
      asker->Finish(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the node is stopping"));
    }
    PageReactor* take() { return std::exchange(asker, nullptr); }
    PageReactor* asker;
  };

  // At any time there is one piece of work, one write, or Finish.
  void ask() {
    loop_.post([asked = std::make_shared<Asked>(this)](NodeLoop& loop) {
      asked->asker->make_page(loop, *asked);
    });
  }

  void make_page(NodeLoop& loop, Asked& asked_for) {
    if (cancelled_) {
      asked_for.take();
      return this->Finish(grpc::Status(grpc::StatusCode::CANCELLED, "the call was cancelled"));
    }
    page_.Clear();
    bool worth_sending = false;
    const PageNext next = source_->next(loop, page_, worth_sending);
    asked_for.take();
    if (next == PageNext::kError) return this->Finish(source_->error());
    last_ = next == PageNext::kLast;
    loop.when_durable([asked = std::make_shared<Asked>(this), worth_sending](NodeLoop&) {
      PageReactor* const reactor = asked->take();
      if (worth_sending) {
        reactor->StartWrite(&reactor->page_);
      } else {
        reactor->OnWriteDone(true);
      }
    });
  }

  NodeLoop& loop_;
  std::unique_ptr<PageSource<Page>> source_;
  Page page_;
  bool last_ = false;
  std::atomic<bool> cancelled_ = false;
};

}  // namespace gtsim
