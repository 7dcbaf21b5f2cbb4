#include "region-node/node/http_pages.h"

#include <string_view>
#include <utility>

#include "region-node/node/metrics.h"

namespace gtsim {
namespace {

HttpReply plain(unsigned status, std::string body) {
  return {status, "text/plain; charset=utf-8", std::move(body)};
}

void answer_ready(NodeLoop& loop, const HttpAnswer& answer) {
  switch (loop.state()) {
    case NodeState::kServing:
      return answer(plain(200, "ready\n"));
    case NodeState::kDraining:
      return answer(plain(503, "shutting down\n"));
    case NodeState::kFailed:
      return answer(plain(503, "failed: " + loop.failure() + "\n"));
  }
}

}  // namespace

HttpHandler http_pages(NodeLoop& loop) {
  return [&loop](const HttpRequest& request, const HttpAnswer& answer) {
    const std::string_view path =
        std::string_view(request.target).substr(0, request.target.find('?'));
    if (path != "/metrics" && path != "/ready" && path != "/live") {
      return answer(plain(404, "here are /metrics, /ready and /live\n"));
    }
    if (request.method != "GET") return answer(plain(405, "only GET is served here\n"));
    // Answered by this thread: a loop that waits for a slow disk is alive, one that failed is not.
    if (path == "/live") {
      const std::string failure = loop.failure();
      return answer(failure.empty() ? plain(200, "alive\n")
                                    : plain(503, "failed: " + failure + "\n"));
    }
    const bool metrics = path == "/metrics";
    const bool posted = loop.post([metrics, answer](NodeLoop& node) {
      if (!metrics) return answer_ready(node, answer);
      answer({200, kPrometheusContentType, to_prometheus_text(take_metrics(node))});
    });
    if (!posted) answer(plain(503, "shutting down\n"));
  };
}

}  // namespace gtsim
