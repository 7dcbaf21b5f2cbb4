// The session of a run, and what a control listener must survive.
#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "tests/node_client.h"
#include "tests/spawned_node.h"

namespace gtsim {
namespace {

using Stream = grpc::ClientReaderWriter<wire::RunCommand, wire::RunReport>;

class Session {
 public:
  explicit Session(NodeClient& client) {
    NodeClient::limit(context_);
    stream_ = client.stub().Run(&context_);
  }
  ~Session() {
    context_.TryCancel();
    (void)finish();
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  bool attach(std::uint64_t next) {
    wire::RunCommand command;
    command.mutable_attach()->set_next_entry(next);
    return stream_->Write(command);
  }
  bool call(std::uint64_t id, const wire::WriteCall& write) {
    wire::RunCommand command;
    command.mutable_call()->set_id(id);
    *command.mutable_call()->mutable_write() = write;
    return stream_->Write(command);
  }
  bool confirm(std::uint64_t next) {
    wire::RunCommand command;
    command.set_confirm(next);
    return stream_->Write(command);
  }
  bool ask_status(std::uint64_t id) {
    wire::RunCommand command;
    command.mutable_status()->set_id(id);
    return stream_->Write(command);
  }
  bool send(const wire::RunCommand& command) { return stream_->Write(command); }
  void half_close() { stream_->WritesDone(); }

  // One word for each thing that is told: "attached(3)", "entry(3)", "result(7 OK)", "status(9)".
  // Empty at the end.
  std::string next() {
    if (!waiting_.empty()) {
      std::string word = waiting_.front();
      waiting_.erase(waiting_.begin());
      return word;
    }
    wire::RunReport report;
    if (!stream_->Read(&report)) return "";
    switch (report.kind_case()) {
      case wire::RunReport::kAttached:
        return "attached(" + std::to_string(report.attached().next_entry()) + ")";
      case wire::RunReport::kEntries:
        for (const wire::JournalEntry& entry : report.entries().entries()) {
          waiting_.push_back("entry(" + std::to_string(entry.number()) + ")");
        }
        return next();
      case wire::RunReport::kResult:
        return "result(" + std::to_string(report.result().id()) + " " +
               wire::WriteOutcome_Name(report.result().result().outcome()) + ")";
      case wire::RunReport::kStatus:
        return "status(" + std::to_string(report.status().id()) + ")";
      default:
        return "nothing";
    }
  }
  std::string words(int count) {
    std::string all;
    for (int i = 0; i < count; ++i) all += (i == 0 ? "" : " ") + next();
    return all;
  }
  grpc::Status finish() {
    if (!finished_) {
      finished_ = true;
      while (!next().empty()) {
      }
      status_ = stream_->Finish();
    }
    return status_;
  }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<Stream> stream_;
  std::vector<std::string> waiting_;
  bool finished_ = false;
  grpc::Status status_;
};

class RunSessionTest : public testing::Test {
 protected:
  void start(std::vector<std::string> more = {"--journal"}) {
    std::vector<std::string> flags = {"--region", "a",      "--table",
                                      "t:PK=S",   "--data", folder_ / "data"};
    flags.insert(flags.end(), more.begin(), more.end());
    node_ = std::make_unique<SpawnedNode>(flags, folder_ / "errors");
    ASSERT_FALSE(node_->ready().empty()) << node_->errors();
    client_ = std::make_unique<NodeClient>(node_->address("control"));
    // The stream of the table began: the first two entries of every journal.
    if (more == std::vector<std::string>{"--journal"}) {
      ASSERT_TRUE(eventually([&] { return client_->status().journal_end() >= 2; }));
    }
  }
  static wire::WriteCall put(const std::string& key) { return NodeClient::put_call(key, "v"); }

  TestFolder folder_;
  std::unique_ptr<SpawnedNode> node_;
  std::unique_ptr<NodeClient> client_;
};

TEST_F(RunSessionTest, TellsEntriesBeforeTheResultOfTheirWrite) {
  start();
  Session session(*client_);
  ASSERT_TRUE(session.attach(0));
  EXPECT_EQ(session.words(3), "attached(0) entry(0) entry(1)");
  session.call(7, put("k"));
  EXPECT_EQ(session.words(2), "entry(2) result(7 OK)");
  session.call(8, put("k"));  // changes nothing
  session.ask_status(9);
  EXPECT_EQ(session.words(2), "result(8 OK) status(9)");
}

TEST_F(RunSessionTest, KeepsTheOrderOfManyCalls) {
  start();
  Session session(*client_);
  ASSERT_TRUE(session.attach(0));
  EXPECT_EQ(session.words(3), "attached(0) entry(0) entry(1)");
  constexpr std::uint64_t kCalls = 2000;
  for (std::uint64_t i = 1; i <= kCalls; ++i) ASSERT_TRUE(session.call(i, put(std::to_string(i))));
  session.ask_status(1);
  std::set<std::string> told;
  std::uint64_t results = 0;
  for (std::string word = session.next(); word != "status(1)"; word = session.next()) {
    ASSERT_NE(word, "") << session.finish().error_message();
    if (word.starts_with("result(")) {
      ++results;
      const std::string number = word.substr(7, word.find(' ') - 7);
      EXPECT_TRUE(told.contains("entry(" + std::to_string(std::stoull(number) + 1) + ")")) << word;
    }
    told.insert(word);
  }
  EXPECT_EQ(results, kCalls);
}

TEST_F(RunSessionTest, TellsAgainWhatWasNotConfirmedEvenAfterAKill) {
  start();
  {
    Session session(*client_);
    ASSERT_TRUE(session.attach(0));
    EXPECT_EQ(session.words(3), "attached(0) entry(0) entry(1)");
    session.call(1, put("k"));
    session.call(2, put("l"));
    std::string word = session.next();
    while (!word.empty() && word != "result(2 OK)") word = session.next();
    ASSERT_EQ(word, "result(2 OK)");
    session.confirm(3);
    session.ask_status(3);
    EXPECT_EQ(session.next(), "status(3)");
  }
  EXPECT_EQ(node_->stop(SIGKILL), 128 + SIGKILL);
  start();
  Session session(*client_);
  ASSERT_TRUE(session.attach(3));
  EXPECT_EQ(session.words(2), "attached(3) entry(3)");
  session.ask_status(4);
  EXPECT_EQ(session.next(), "status(4)");
}

TEST_F(RunSessionTest, ANewerSessionEndsTheOlder) {
  start();
  Session older(*client_);
  ASSERT_TRUE(older.attach(0));
  EXPECT_EQ(older.words(3), "attached(0) entry(0) entry(1)");
  Session newer(*client_);
  ASSERT_TRUE(newer.attach(2));
  EXPECT_EQ(newer.next(), "attached(2)");
  EXPECT_EQ(older.finish().error_code(), grpc::StatusCode::ABORTED);
  newer.call(1, put("k"));
  EXPECT_EQ(newer.words(2), "entry(2) result(1 OK)");
}

TEST_F(RunSessionTest, AnswersWhatIsUnderWayWhenTheCoordinatorIsDone) {
  start();
  Session session(*client_);
  ASSERT_TRUE(session.attach(2));
  session.call(1, put("k"));
  session.half_close();
  EXPECT_EQ(session.words(4), "attached(2) entry(2) result(1 OK) ");
  EXPECT_TRUE(session.finish().ok());
}

TEST_F(RunSessionTest, RefusesACallAndGoesOn) {
  start();
  Session session(*client_);
  ASSERT_TRUE(session.attach(2));
  session.call(1, wire::WriteCall());
  session.call(2, put("k"));
  EXPECT_EQ(session.words(4), "attached(2) result(1 INVALID) entry(2) result(2 OK)");
}

TEST_F(RunSessionTest, EndsWithAWordWhenTheCoordinatorIsWrong) {
  start();
  const struct {
    const char* what;
    void (*say)(Session&);
    grpc::StatusCode code;
  } kCases[] = {
      {"no attach", [](Session& s) { s.confirm(0); }, grpc::StatusCode::INVALID_ARGUMENT},
      {"attach twice",
       [](Session& s) {
         s.attach(0);
         s.attach(0);
       },
       grpc::StatusCode::INVALID_ARGUMENT},
      {"nothing", [](Session& s) { s.send({}); }, grpc::StatusCode::INVALID_ARGUMENT},
      {"entries that are not there", [](Session& s) { s.attach(1000); },
       grpc::StatusCode::OUT_OF_RANGE},
      {"confirms the future",
       [](Session& s) {
         s.attach(0);
         s.confirm(1000);
       },
       grpc::StatusCode::INVALID_ARGUMENT},
  };
  for (const auto& one : kCases) {
    Session session(*client_);
    one.say(session);
    EXPECT_EQ(session.finish().error_code(), one.code)
        << one.what << ": " << session.finish().error_message();
  }
  EXPECT_EQ(client_->put("k", "1"), "OK");
}

TEST_F(RunSessionTest, NeedsAJournal) {
  start({});
  Session session(*client_);
  ASSERT_TRUE(session.attach(0));
  EXPECT_EQ(session.finish().error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(RunSessionTest, ASlowReaderHoldsUpNobodyElse) {
  start();
  Session session(*client_);
  ASSERT_TRUE(session.attach(0));
  EXPECT_EQ(session.words(3), "attached(0) entry(0) entry(1)");
  // Nobody reads; 40 MB of entries are told meanwhile.
  const std::string large(100'000, 'x');
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(client_->put("k" + std::to_string(i % 3), large + std::to_string(i)), "OK");
  }
  for (int i = 2; i <= 201; ++i) EXPECT_EQ(session.next(), "entry(" + std::to_string(i) + ")");
}

TEST_F(RunSessionTest, EndsWhenTooMuchWaitsAndTheNextOneGoesOn) {
  start();
  const std::string large(390'000, 'x');
  constexpr int kWrites = 150;  // about 115 MB of entries; 64 may wait
  std::string told;
  {
    Session session(*client_);
    ASSERT_TRUE(session.attach(0));
    EXPECT_EQ(session.words(3), "attached(0) entry(0) entry(1)");
    for (int i = 0; i < kWrites; ++i) {
      ASSERT_EQ(client_->put("k", large + std::to_string(i)), "OK");
    }
    for (std::string word = session.next(); !word.empty(); word = session.next()) told = word;
    EXPECT_EQ(session.finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  }
  ASSERT_TRUE(told.starts_with("entry(")) << told;
  int last = std::stoi(told.substr(6));
  ASSERT_GT(last, 0) << "every session gets on";
  ASSERT_LT(last, kWrites);
  for (int sessions = 0; last < kWrites && sessions < 10; ++sessions) {
    Session session(*client_);
    ASSERT_TRUE(session.attach(static_cast<std::uint64_t>(last + 1)));
    ASSERT_EQ(session.next(), "attached(" + std::to_string(last + 1) + ")");
    while (last < kWrites && session.next() == "entry(" + std::to_string(last + 1) + ")") ++last;
  }
  EXPECT_EQ(last, kWrites);
}

// --- hostile callers

class HostileTest : public RunSessionTest {
 protected:
  void expect_alive() {
    EXPECT_EQ(client_->put("alive", "1"), "OK");
    EXPECT_EQ(client_->image("alive"), text_item({{"PK", "alive"}, {"v", "1"}}));
  }
};

TEST_F(HostileTest, BadFieldsAreRefusedAndChangeNothing) {
  start({});
  const std::string digest = client_->status(true).tables(0).digest();
  wire::WriteCall call = put("k");
  call.mutable_writes(0)->set_image("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01");
  wire::WriteResult result;
  EXPECT_EQ(client_->write(call, result).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  call.mutable_writes(0)->set_table("nowhere");
  EXPECT_EQ(client_->write(call, result).error_message(),
            "writes[0].table: no table is called "
            "`nowhere`");
  wire::Order order;
  EXPECT_EQ(client_->execute(order).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  order.mutable_set_link()->set_to("a");
  EXPECT_EQ(client_->execute(order).error_message(), "set_link.to: `a` is this region itself");
  EXPECT_TRUE(client_->image(std::string(3000, 'k')).starts_with("error: key: One or more"));
  EXPECT_EQ(client_->status(true).tables(0).digest(), digest);
  EXPECT_EQ(client_->status().tables(0).keys(), 0u) << "nothing refused becomes a key";
  expect_alive();
}

TEST_F(HostileTest, OrdersAtTheWrongMomentAreRefused) {
  start({"--peer", "b=127.0.0.1:9"});
  const auto refused = [&](void (*fill)(wire::Order&)) {
    wire::Order order;
    fill(order);
    const grpc::Status status = client_->execute(order);
    return status.ok() ? "done" : status.error_message();
  };
  EXPECT_EQ(refused([](wire::Order& o) {
              o.mutable_change_stream()->set_table("t");
              o.mutable_change_stream()->set_enable("NEW_IMAGE");
            }).substr(0, 34),
            "Table already has an enabled strea");
  EXPECT_NE(refused([](wire::Order& o) { o.mutable_change_stream()->set_table("t"); }), "done")
      << "the stream of a member stays";
  EXPECT_NE(refused([](wire::Order& o) {
              o.mutable_add_replica()->set_table("t");
              o.mutable_add_replica()->set_region("b");
              o.mutable_add_replica()->set_items_per_second(1);
            }).find("already existed as tables"),
            std::string::npos);
  EXPECT_NE(refused([](wire::Order& o) {
              o.mutable_remove_replica()->set_table("t");
              o.mutable_remove_replica()->set_region("a");
            }),
            "done")
      << "that is DeleteTable";
  expect_alive();
}

TEST_F(HostileTest, BytesThatAreNoGrpcAreClosed) {
  start({});
  const std::string address = node_->address("control");
  for (const std::string& bytes :
       {std::string("GET / HTTP/1.1\r\n\r\n"), std::string(100'000, '\xff'),
        std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") + std::string(50, '\0')}) {
    (void)talk(address, bytes);
    NodeClient other(address);
    EXPECT_EQ(other.status().region(), "a") << bytes.size();
  }
  expect_alive();
}

TEST_F(HostileTest, MessagesThatAreTooLargeAreRefused) {
  start({});
  wire::WriteCall call;
  call.set_transaction(true);
  for (int i = 0; i < 100; ++i) {
    *call.add_writes() =
        NodeClient::put_call(std::to_string(i), std::string(100'000, 'x')).writes(0);
  }
  wire::WriteResult result;
  EXPECT_EQ(client_->write(call, result).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  expect_alive();
}

}  // namespace
}  // namespace gtsim
