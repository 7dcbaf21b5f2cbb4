// Programs of users as they are: well behaved, broken, silent, noisy. Whatever they do, an
// invocation ends within its time limit, says what happened, and leaves no process behind.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "coordinator/handler/exec_handler.h"

namespace gtsim {
namespace {

using Kind = HandlerResult::Kind;

constexpr Duration kAmple = std::chrono::seconds{30};
constexpr Duration kShort = std::chrono::milliseconds{200};

testing::AssertionResult begins(std::string_view text, std::string_view with) {
  if (text.starts_with(with)) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "`" << text << "` does not begin with `" << with << "`";
}

testing::AssertionResult ends(std::string_view text, std::string_view with) {
  if (text.ends_with(with)) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "`" << text << "` does not end with `" << with << "`";
}

class ExecHandlerTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = std::filesystem::temp_directory_path() / "gtsim-handler-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    options_.time_limit = kAmple;
    options_.directory = folder_;
    options_.region = "eu-west-1";
    options_.errors_path = folder_ / "errors";
  }

  void TearDown() override {
    handler_.reset();
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";
    EXPECT_EQ(errno, ECHILD);
    std::filesystem::remove_all(folder_);
  }

  void runs(std::vector<std::string> command) {
    options_.command = std::move(command);
    handler_ = std::make_unique<ExecHandler>(options_);
  }

  void runs_shell(std::string_view body) { runs({"sh", write_script(body)}); }

  std::string write_script(std::string_view body) {
    const std::filesystem::path path = folder_ / "script";
    std::ofstream(path) << body;
    return path;
  }

  HandlerResult send(std::string_view event = R"({"Records":[]})") {
    Invocation invocation;
    invocation.consumer = "indexer";
    invocation.number = number_++;
    invocation.event = [event] { return event; };
    return handler_->handle(invocation);
  }

  // "RESPONSE", or "KIND: ERROR".
  std::string answer(std::string_view event = R"({"Records":[]})") {
    const HandlerResult result = send(event);
    switch (result.kind) {
      case Kind::kReturned:
        return result.response;
      case Kind::kFunctionError:
        return "error: " + result.error;
      case Kind::kTimedOut:
        return "timed out: " + result.error;
      case Kind::kUnusable:
        return "unusable: " + result.error;
    }
    return "";
  }

  std::string errors() const {
    std::ifstream file(folder_ / "errors");
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::filesystem::path folder_;
  ExecOptions options_;
  std::unique_ptr<ExecHandler> handler_;
  std::uint64_t number_ = 0;
};

// ---- a program that does what it should ---------------------------------------------------------

TEST_F(ExecHandlerTest, OneProcessAnswersEveryEvent) {
  runs_shell(
      "n=0\nwhile read -r event; do n=$((n+1)); echo \"{\\\"n\\\":$n,\\\"got\\\":$event}\"; "
      "done\n");
  EXPECT_EQ(answer("[1]"), R"({"n":1,"got":[1]})");
  EXPECT_EQ(answer("[2]"), R"({"n":2,"got":[2]})");
  EXPECT_EQ(answer("[3]"), R"({"n":3,"got":[3]})");
  EXPECT_EQ(handler_->stop(), "");
}

TEST_F(ExecHandlerTest, BlankLineIsNull) {
  runs_shell("while read -r event; do echo; done\n");
  EXPECT_EQ(answer(), "null");
  EXPECT_EQ(answer(), "null");
  EXPECT_EQ(handler_->stop(), "");
}

TEST_F(ExecHandlerTest, TellsLambdasEnvironment) {
  runs_shell(
      "read -r event\necho "
      "\"[\\\"$AWS_LAMBDA_FUNCTION_NAME\\\",\\\"$AWS_REGION\\\",\\\"$PWD\\\"]\"\n");
  ::setenv("AWS_REGION", "us-west-2", 1);
  EXPECT_EQ(answer(), "[\"indexer\",\"eu-west-1\",\"" + folder_.string() + "\"]");
  ::unsetenv("AWS_REGION");
}

TEST_F(ExecHandlerTest, KeepsStandardErrorInAFile) {
  runs_shell("while read -r event; do echo \"saw $event\" >&2; echo null; done\n");
  answer("1");
  answer("2");
  EXPECT_EQ(handler_->stop(), "");
  EXPECT_EQ(errors(), "saw 1\nsaw 2\n");
}

TEST_F(ExecHandlerTest, MeasuresRealTime) {
  runs_shell("while read -r event; do echo null; done\n");
  const HandlerResult result = send();
  EXPECT_EQ(result.kind, Kind::kReturned);
  EXPECT_GT(result.real_us, 0);
  EXPECT_LT(result.real_us, kAmple.count());
}

// Six megabytes one way while six megabytes come the other way: nobody may wait for one pipe alone.
TEST_F(ExecHandlerTest, HugeEventAgainstHugeAnswer) {
  const std::string event = "\"" + std::string(6'000'000, 'x') + "\"";
  runs({"cat"});
  EXPECT_EQ(answer(event), event);
  EXPECT_EQ(answer(event), event);
  EXPECT_EQ(answer("7"), "7");
  EXPECT_EQ(handler_->stop(), "");
}

TEST_F(ExecHandlerTest, ReadsDevStdin) {
  runs_shell("head -n 1 /dev/stdin\n");
  EXPECT_EQ(answer("[5]"), "[5]");
}

// ---- one process per event
// -----------------------------------------------------------------------

TEST_F(ExecHandlerTest, StartsAgainAProgramThatEndsAfterEachAnswer) {
  runs_shell("read -r event\necho \"$event\"\n");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(answer(std::to_string(i)), std::to_string(i));
  EXPECT_EQ(handler_->stop(), "");
}

TEST_F(ExecHandlerTest, LastLineNeedsNoLineEnd) {
  runs_shell("read -r event\nprintf '[1]'\n");
  EXPECT_EQ(answer(), "[1]");
  EXPECT_EQ(answer(), "[1]");
}

// ---- function errors -------------------------------------------------------------------------

TEST_F(ExecHandlerTest, ReportedExceptionIsAFunctionError) {
  runs_shell(
      "while read -r event; do\n"
      "echo '{\"errorMessage\":\"no such index\",\"errorType\":\"KeyError\",\"stackTrace\":[]}'\n"
      "done\n");
  EXPECT_EQ(answer(), "error: the handler reports `KeyError`: `no such index`");
  EXPECT_EQ(answer(), "error: the handler reports `KeyError`: `no such index`");
  EXPECT_EQ(handler_->stop(), "");
}

TEST_F(ExecHandlerTest, AResponseThatMentionsAnErrorIsAResponse) {
  runs({"cat"});
  for (const std::string_view reply :
       {R"({"errorMessage":"a","errorType":"b","batchItemFailures":[]})", R"({"errorMessage":"a"})",
        R"({"errorType":"b"})"}) {
    EXPECT_EQ(answer(reply), reply);
  }
}

// As deep as an item may be and deeper, two levels of JSON for each.
TEST_F(ExecHandlerTest, DeepAnswerIsAnAnswer) {
  const std::string deep = std::string(200, '[') + std::string(200, ']');
  runs({"cat"});
  EXPECT_EQ(answer(deep), deep);
}

TEST_F(ExecHandlerTest, GarbageIsAnErrorAndANewProcess) {
  runs_shell("while read -r event; do echo oops >&2; echo \"pid $$ says {\"; done\n");
  const std::string first = answer();
  EXPECT_TRUE(begins(first, "error: the handler's answer is not JSON: `pid "));
  EXPECT_TRUE(ends(first, "; its last line on standard error: `oops`"));
  const std::string second = answer();
  EXPECT_TRUE(begins(second, "error: the handler's answer is not JSON: `pid "));
  EXPECT_NE(first, second) << "the same process went on";
}

TEST_F(ExecHandlerTest, TwoLinesForAnEventAreAnErrorAtTheNext) {
  runs_shell("read -r event\nprintf '1\\n2\\n'\nread -r event || exit 0\necho 3\n");
  EXPECT_EQ(answer(), "1");
  EXPECT_EQ(answer(), "error: the handler wrote more than one line for an event: `2`");
  EXPECT_EQ(answer(), "1");
  EXPECT_EQ(handler_->stop(), "the handler wrote more than one line for an event: `2`");
}

TEST_F(ExecHandlerTest, CrashIsQuotedWithItsLastWords) {
  runs_shell("read -r event\necho 'first' >&2\necho '  KeyError: id  ' >&2\nexit 3\n");
  const std::string expected =
      "error: the handler exited with status 3 before it answered; its last line on standard "
      "error: `KeyError: id`";
  EXPECT_EQ(answer(), expected);
  EXPECT_EQ(answer(), expected);
  EXPECT_EQ(errors(), "first\n  KeyError: id  \nfirst\n  KeyError: id  \n");
}

TEST_F(ExecHandlerTest, SignalIsNamed) {
  runs_shell("read -r event\nkill -SEGV $$\n");
  EXPECT_TRUE(
      begins(answer(), "error: the handler was ended by signal 11 (SIGSEGV) before it answered"));
}

TEST_F(ExecHandlerTest, EndWithoutAnswerIsAFunctionError) {
  runs_shell("read -r event\nexit 0\n");
  EXPECT_EQ(answer(), "error: the handler exited with status 0 before it answered");
}

// The next event goes to a new process, which knows nothing of the last one's end.
TEST_F(ExecHandlerTest, RecoversAfterACrash) {
  runs_shell(
      "while read -r event; do\n"
      "[ \"$event\" = '\"poison\"' ] && { echo poisoned >&2; exit 9; }\n"
      "echo \"$event\"\n"
      "done\n");
  EXPECT_EQ(answer("1"), "1");
  EXPECT_TRUE(begins(answer("\"poison\""), "error: the handler exited with status 9"));
  EXPECT_EQ(answer("2"), "2");
  EXPECT_EQ(handler_->stop(), "");
}

TEST_F(ExecHandlerTest, AnswerOverTheLimitIsAFunctionError) {
  runs_shell("read -r event\nhead -c 104857600 /dev/zero | tr '\\0' 1\n");
  EXPECT_EQ(answer(), "error: the handler wrote more than 6291456 bytes for an event");
}

TEST_F(ExecHandlerTest, EndlessLinesAreAnErrorAtTheNextEvent) {
  runs_shell("read -r event\nyes null\n");
  EXPECT_EQ(answer(), "null");
  EXPECT_TRUE(
      begins(answer(), "error: the handler wrote more than one line for an event: `null null"));
}

// ---- programs that do not start
// ------------------------------------------------------------------

TEST_F(ExecHandlerTest, MissingProgramIsUnusable) {
  runs({"./no-such-handler"});
  EXPECT_EQ(
      answer(),
      "unusable: the handler `./no-such-handler` cannot be started: No such file or directory");
  runs({"gtsim-no-such-program"});
  EXPECT_EQ(
      answer(),
      "unusable: the handler `gtsim-no-such-program` cannot be started: No such file or directory");
}

TEST_F(ExecHandlerTest, FileThatIsNoProgramIsUnusable) {
  runs({write_script("echo null\n")});
  EXPECT_TRUE(ends(answer(), "/script` cannot be started: Permission denied"));
}

TEST_F(ExecHandlerTest, MissingFolderIsUnusable) {
  options_.directory = folder_ / "nowhere";
  runs({"cat"});
  EXPECT_TRUE(begins(answer(), "unusable: the handler `cat` cannot run in `"));
}

TEST_F(ExecHandlerTest, ProgramThatNeverTakesAnEventIsUnusableInTheEnd) {
  options_.failed_starts_max = 3;
  runs_shell("echo 'no module named index' >&2\nexit 1\n");
  const std::string words =
      "the handler exited with status 1 before it took an event; its last line on standard error: "
      "`no module named index`";
  EXPECT_EQ(answer(), "error: " + words);
  EXPECT_EQ(answer(), "error: " + words);
  EXPECT_EQ(answer(), "unusable: " + words + " (3 times in a row)");
}

// A batch that crashes its function for ever is a thing to simulate, not a broken set-up.
TEST_F(ExecHandlerTest, ProgramThatCrashesOnEveryEventStaysUsable) {
  options_.failed_starts_max = 2;
  runs_shell("read -r event\nexit 1\n");
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(begins(answer(), "error: "));
}

// ---- programs that keep one waiting
// --------------------------------------------------------------

TEST_F(ExecHandlerTest, SilenceEndsAtTheTimeLimit) {
  options_.time_limit = kShort;
  runs_shell("while read -r event; do echo thinking >&2; done\n");
  const HandlerResult result = send();
  EXPECT_EQ(result.kind, Kind::kTimedOut);
  EXPECT_EQ(result.error,
            "the handler did not answer within 200ms; its last line on standard error: `thinking`");
  EXPECT_GE(result.real_us, kShort.count());
}

TEST_F(ExecHandlerTest, NobodyIsWaitedForOnceTheRunIsInterrupted) {
  volatile std::sig_atomic_t interrupted = 0;
  options_.interrupted = &interrupted;
  runs_shell("read -r event; echo heard >heard; exec sleep 60\n");
  std::thread person([&] {
    while (!std::filesystem::exists(folder_ / "heard")) std::this_thread::yield();
    interrupted = 1;
  });
  const HandlerResult result = send();
  person.join();
  EXPECT_EQ(result.kind, Kind::kFunctionError);
  EXPECT_EQ(result.error, "the run was interrupted");
  EXPECT_LT(result.real_us, kAmple.count());
  EXPECT_EQ(answer(), "error: the run was interrupted") << "nothing is started any more";
  EXPECT_EQ(handler_->stop(), "");
}

TEST_F(ExecHandlerTest, NeverReadingEndsAtTheTimeLimit) {
  options_.time_limit = kShort;
  runs({"sleep", "1000"});
  EXPECT_EQ(answer(std::string(6'000'000, ' ')),
            "timed out: the handler did not answer within 200ms");
  EXPECT_EQ(answer("1"), "timed out: the handler did not answer within 200ms");
}

TEST_F(ExecHandlerTest, AnswerWithoutItsLineEndIsPointedOut) {
  options_.time_limit = kShort;
  runs_shell("read -r event\nprintf null\nread -r event\n");
  EXPECT_EQ(
      answer(),
      "timed out: the handler did not answer within 200ms (it wrote 4 bytes without a line end)");
}

TEST_F(ExecHandlerTest, AnswerBeforeTheEventIsTaken) {
  options_.time_limit = kShort;
  runs_shell("echo null\nsleep 1000\n");
  EXPECT_EQ(answer(std::string(6'000'000, ' ')),
            "timed out: the handler answered, but did not take the whole event within 200ms");
}

TEST_F(ExecHandlerTest, SlowAnswerWithinTheLimitCounts) {
  runs({"python3", "-c",
        "import sys, time\n"
        "for line in sys.stdin:\n"
        "    for letter in 'null\\n':\n"
        "        time.sleep(0.01)\n"
        "        print(letter, end='', flush=True)\n"});
  const HandlerResult result = send();
  EXPECT_EQ(result.response, "null");
  EXPECT_GE(result.real_us, 50'000);
}

TEST_F(ExecHandlerTest, ClosedInputIsAFunctionError) {
  runs_shell("exec <&-\nsleep 1000\n");
  EXPECT_EQ(answer(std::string(6'000'000, ' ')),
            "error: the handler closed its standard input before it had taken the event");
}

TEST_F(ExecHandlerTest, ClosedOutputIsAFunctionError) {
  runs_shell("exec >&-\nsleep 1000\n");
  EXPECT_EQ(answer(), "error: the handler closed its standard output before it answered");
}

// ---- standard error ----------------------------------------------------------------------------

TEST_F(ExecHandlerTest, MegabytesOfErrorsDoNotBlock) {
  options_.errors_bytes_max = 1'000'000;
  runs_shell(
      "read -r event\nhead -c 20000000 /dev/zero | tr '\\0' e >&2\necho null\nread -r event\n");
  EXPECT_EQ(answer(), "null");
  EXPECT_EQ(handler_->stop(),
            "the handler exited with status 1 at the end of its input; its last line on standard "
            "error: `" +
                std::string(200, 'e') + "…`");
  const std::string kept = errors();
  EXPECT_EQ(kept, std::string(1'000'000, 'e') +
                      "\n[gtsim: the handler wrote more than is kept; the rest is dropped]\n");
}

TEST_F(ExecHandlerTest, UnwritableLogIsToldAtTheEnd) {
  options_.errors_path = folder_ / "nowhere" / "errors";
  runs_shell("while read -r event; do echo x >&2; echo null; done\n");
  EXPECT_EQ(answer(), "null");
  EXPECT_EQ(handler_->stop(), options_.errors_path + ": No such file or directory");
}

TEST_F(ExecHandlerTest, LastWordsArePrintable) {
  runs_shell("read -r event\nprintf 'bad \\377 byte \\033[1mbold\\n\\n' >&2\nexit 1\n");
  EXPECT_TRUE(ends(answer(), "`bad ? byte  [1mbold`"));
}

// ---- ends --------------------------------------------------------------------------------------

bool is_gone(pid_t process) {
  for (int i = 0; i < 5000; ++i) {
    // A process that its new parent has not yet asked for is gone too.
    std::ifstream status("/proc/" + std::to_string(process) + "/stat");
    std::string text;
    if (!std::getline(status, text)) return true;
    if (text.substr(text.rfind(')') + 2, 1) == "Z") return true;
    ::poll(nullptr, 0, 1);
  }
  return false;
}

TEST_F(ExecHandlerTest, GrandchildWithTheOutputDoesNotKeepTheRunWaiting) {
  runs_shell("read -r event\nsleep 1000 &\necho $! >grandchild\nexit 4\n");
  EXPECT_EQ(answer(), "error: the handler exited with status 4 before it answered");
  pid_t grandchild = 0;
  std::ifstream(folder_ / "grandchild") >> grandchild;
  ASSERT_GT(grandchild, 0);
  EXPECT_TRUE(is_gone(grandchild));
}

TEST_F(ExecHandlerTest, EndOfInputEndsTheProgram) {
  runs_shell("while read -r event; do echo null; done\necho goodbye >&2\n");
  EXPECT_EQ(answer(), "null");
  EXPECT_EQ(handler_->stop(), "");
  EXPECT_EQ(errors(), "goodbye\n");
}

TEST_F(ExecHandlerTest, ProgramThatIgnoresTheEndIsKilled) {
  options_.grace = kShort;
  runs_shell("trap '' TERM INT HUP\nread -r event\necho $$\nwhile :; do sleep 1000; done\n");
  const std::string process = answer();
  EXPECT_EQ(handler_->stop(), "the handler did not end within 200ms of the end of its input");
  EXPECT_TRUE(is_gone(std::stoi(process)));
}

TEST_F(ExecHandlerTest, StopWithoutAnEventDoesNothing) {
  runs({"./no-such-handler"});
  EXPECT_EQ(handler_->stop(), "");
}

// As after a kill -9 of the simulator: nobody is left to end the handler but the system.
TEST_F(ExecHandlerTest, DiesWithItsParent) {
  const pid_t parent = ::fork();
  ASSERT_GE(parent, 0);
  if (parent == 0) {
    runs_shell("read -r event\necho $$\nexec sleep 1000\n");
    const std::string process = answer();
    std::ofstream(folder_ / "process") << process;
    ::kill(::getpid(), SIGKILL);
  }
  ASSERT_EQ(::waitpid(parent, nullptr, 0), parent);
  pid_t process = 0;
  std::ifstream(folder_ / "process") >> process;
  ASSERT_GT(process, 0);
  EXPECT_TRUE(is_gone(process));
}

TEST_F(ExecHandlerTest, LeavesNoFileOpen) {
  const auto open_files = [] {
    std::ptrdiff_t count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator("/proc/self/fd")) {
      ++count;
    }
    return count;
  };
  const std::ptrdiff_t before = open_files();
  runs_shell("read -r event\nexit 1\n");
  for (int i = 0; i < 10; ++i) answer();
  runs({"./no-such-handler"});
  for (int i = 0; i < 10; ++i) answer();
  handler_.reset();
  EXPECT_EQ(open_files(), before);
}

}  // namespace
}  // namespace gtsim
