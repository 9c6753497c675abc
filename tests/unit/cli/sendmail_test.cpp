#include <array>
#include <cstring>
#include <map>

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "unit/cli/command_world.hpp"

namespace greyhound::cli {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Serves one SMTP session: each line gets the answer of the first verb it starts with, "250 ok" if
// there is none. Keeps what was said.
class ScriptedListener {
 public:
  ScriptedListener(const std::filesystem::path& path, std::map<std::string, std::string> answers)
      : answers_(std::move(answers)), listening_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
    EXPECT_EQ(::bind(listening_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listening_, 1), 0);
    thread_ = std::thread([this] { serve(); });
  }
  ScriptedListener(const ScriptedListener&) = delete;
  ScriptedListener& operator=(const ScriptedListener&) = delete;
  ~ScriptedListener() { finish(); }

  // What was said, once the session is over.
  const std::vector<std::string>& commands() {
    finish();
    return commands_;
  }
  const std::string& content() {
    finish();
    return content_;
  }

 private:
  void finish() {
    if (!thread_.joinable()) return;
    ::shutdown(listening_, SHUT_RDWR);  // in case nobody ever came
    thread_.join();
    ::close(listening_);
  }

  void serve() {
    const int session = ::accept(listening_, nullptr, nullptr);
    if (session < 0) return;
    say(session, answer_to("greeting", "220 here"));
    std::string pending;
    bool is_content = false;
    std::array<char, 4096> buffer{};
    ssize_t count = 0;
    while ((count = ::recv(session, buffer.data(), buffer.size(), 0)) > 0) {
      pending.append(buffer.data(), static_cast<std::size_t>(count));
      for (auto end = pending.find("\r\n"); end != std::string::npos; end = pending.find("\r\n")) {
        const auto line = pending.substr(0, end);
        pending.erase(0, end + 2);
        is_content = take(session, line, is_content);
      }
    }
    ::close(session);
  }

  // Whether the next line is content.
  bool take(int session, const std::string& line, bool is_content) {
    if (is_content && line != ".") {
      content_ += line + "\r\n";
      return true;
    }
    if (is_content) {
      say(session, answer_to(".", "250 2.0.0 queued as X"));
      return false;
    }
    commands_.push_back(line);
    if (line == "QUIT") return false;
    const auto answer = answer_to(line, line == "DATA" ? "354 go on" : "250 ok");
    say(session, answer);
    return line == "DATA" && answer.starts_with("354");
  }

  std::string answer_to(const std::string& line, const std::string& usual) const {
    for (const auto& [start, answer] : answers_) {
      if (line.starts_with(start)) return answer;
    }
    return usual;
  }

  static void say(int session, const std::string& answer) {
    const auto line = answer + "\r\n";
    EXPECT_EQ(::send(session, line.data(), line.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(line.size()));
  }

  std::map<std::string, std::string> answers_;
  int listening_;
  std::thread thread_;
  std::vector<std::string> commands_;
  std::string content_;
};

const std::string ehlo_with_all = "250-here\r\n250-SIZE 1000000\r\n250-8BITMIME\r\n250 DSN";

class SendmailTest : public CommandTest {
 protected:
  Ended sendmail(const std::vector<std::string>& words, const std::string& input = "hi\n") const {
    return call("sendmail", words, input);
  }
  std::filesystem::path drop_folder() const { return folder_ / "state" / "drop"; }
  std::vector<std::string> dropped() const {
    std::vector<std::string> contents;
    for (const auto& entry : std::filesystem::directory_iterator(drop_folder())) {
      std::ifstream in(entry.path(), std::ios::binary);
      std::ostringstream bytes;
      bytes << in.rdbuf();
      contents.push_back(bytes.str());
    }
    return contents;
  }
};

TEST_F(SendmailTest, HandsTheMessageToTheUnixListener) {
  ScriptedListener listener(smtp_socket(), {});

  const auto ended = sendmail({"-f", "ann", "bob", "carl@d.example"}, "Subject: x\n\n.hello\n");

  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(ended.out + ended.err, "");
  EXPECT_THAT(listener.commands(),
              ElementsAre("EHLO mail.here.example",
                          "MAIL FROM:<ann@here.example>",
                          "RCPT TO:<bob@here.example>",
                          "RCPT TO:<carl@d.example>",
                          "DATA",
                          "QUIT"));
  EXPECT_THAT(listener.content(), EndsWith("Subject: x\r\n\r\n..hello\r\n"));
}

TEST_F(SendmailTest, IsAlsoACommandOfGreyhound) {
  ScriptedListener listener(smtp_socket(), {});

  const auto ended = call("greyhound", {"sendmail", "-t"}, "To: bob@d.example\n\nhi\n");

  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(listener.commands(), testing::Contains("RCPT TO:<bob@d.example>"));
}

TEST_F(SendmailTest, PassesParametersOnThatTheListenerAnnounced) {
  ScriptedListener listener(smtp_socket(), {{"EHLO", ehlo_with_all}});

  const auto ended =
      sendmail({"-f<>", "-N", "failure,delay", "-R", "hdrs", "-V", "a b", "bob"}, "h\xc3\xa4\n");

  EXPECT_EQ(ended.code, 0) << ended.err;
  const auto& commands = listener.commands();
  EXPECT_THAT(commands[1], StartsWith("MAIL FROM:<> SIZE="));
  EXPECT_THAT(commands[1], EndsWith(" BODY=8BITMIME RET=HDRS ENVID=a+20b"));
  EXPECT_EQ(commands[2], "RCPT TO:<bob@here.example> NOTIFY=FAILURE,DELAY");
}

TEST_F(SendmailTest, DemandsTlsOfAListenerThatPromisesItAndOfNoOther) {
  {
    ScriptedListener listener(smtp_socket(), {{"EHLO", "250-here\r\n250 REQUIRETLS"}});
    EXPECT_EQ(sendmail({"-O", "requiretls=yes", "-fann", "bob"}).code, 0);
    EXPECT_EQ(listener.commands().at(1), "MAIL FROM:<ann@here.example> REQUIRETLS");
  }
  std::filesystem::remove(smtp_socket());
  ScriptedListener listener(smtp_socket(), {});

  const auto refused = sendmail({"-O", "requiretls=yes", "-fann", "bob"});

  EXPECT_EQ(refused.code, 69);
  EXPECT_EQ(refused.err, "sendmail: the listener does not offer REQUIRETLS\n");
}

TEST_F(SendmailTest, SaysSmtpUtf8ForAddressesBeyondAsciiOnly) {
  const std::string juergen =
      "j\xc3\xbcrgen@b\xc3\xbc"
      "cher.example";
  const std::map<std::string, std::string> answers{{"EHLO", "250-here\r\n250 SMTPUTF8"}};
  std::vector<std::string> beyond;
  {
    ScriptedListener listener(smtp_socket(), answers);
    EXPECT_EQ(sendmail({"-fann", "-t"}, "To: J <" + juergen + ">\n\nhi\n").code, 0);
    beyond = listener.commands();
  }
  std::filesystem::remove(smtp_socket());
  ScriptedListener listener(smtp_socket(), answers);
  EXPECT_EQ(sendmail({"-fann", "bob"}).code, 0);

  EXPECT_EQ(beyond.at(1), "MAIL FROM:<ann@here.example> SMTPUTF8");
  EXPECT_EQ(beyond.at(2), "RCPT TO:<" + juergen + ">");
  EXPECT_EQ(listener.commands().at(1), "MAIL FROM:<ann@here.example>");
}

TEST_F(SendmailTest, KeepsThemToItselfOtherwise) {
  ScriptedListener listener(smtp_socket(), {});

  const auto ended = sendmail({"-N", "never", "-R", "full", "-V", "x", "-fann", "bob"});

  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(listener.commands()[1], "MAIL FROM:<ann@here.example>");
  EXPECT_EQ(listener.commands()[2], "RCPT TO:<bob@here.example>");
}

struct Refusal {
  std::map<std::string, std::string> answers;
  int code;
};

TEST_F(SendmailTest, TellsByItsExitCodeWhatWasRefused) {
  const std::vector<Refusal> refusals{
      {{{"greeting", "421 4.3.2 too busy"}}, 75},
      {{{"EHLO", "502 no"}}, 69},
      {{{"MAIL", "452 4.3.1 disk full"}}, 75},
      {{{"MAIL", "552 5.3.4 too big"}}, 65},
      {{{"RCPT", "550 5.1.1 nobody"}}, 67},
      {{{"RCPT", "451 4.3.0 later"}}, 75},
      {{{"DATA", "554 5.5.1 no"}}, 69},
      {{{".", "451 4.3.0 not stored"}}, 75},
      {{{".", "554 5.6.0 bad content"}}, 65},
      {{{"greeting", "HTTP/1.1 400"}}, 75},
  };

  for (const auto& [answers, code] : refusals) {
    ScriptedListener listener(smtp_socket(), answers);

    const auto ended = sendmail({"bob"});

    EXPECT_EQ(ended.code, code) << answers.begin()->second;
    EXPECT_THAT(ended.err, HasSubstr(answers.begin()->second)) << "so that a person sees why";
    EXPECT_EQ(ended.out, "");
    ASSERT_EQ(::unlink(smtp_socket().c_str()), 0);
  }
}

TEST_F(SendmailTest, SendsToNobodyIfOneRecipientIsRefused) {
  ScriptedListener listener(smtp_socket(), {{"RCPT TO:<bad", "550 5.1.1 nobody"}});

  const auto ended = sendmail({"good", "bad"});

  EXPECT_EQ(ended.code, 67);
  EXPECT_THAT(ended.err, HasSubstr("<bad@here.example>: 550 5.1.1 nobody"));
  EXPECT_THAT(listener.commands(), Not(testing::Contains("DATA")));
}

TEST_F(SendmailTest, EscapesWhatTheListenerSays) {
  ScriptedListener listener(smtp_socket(), {{"RCPT", "550 5.1.1 \x1b[2J"}});

  const auto ended = sendmail({"bob"});

  EXPECT_THAT(ended.err, HasSubstr("\\x1b[2J"));
}

TEST_F(SendmailTest, LeavesTheMessageForAnAgentThatIsStopped) {
  std::filesystem::create_directories(drop_folder());

  const auto ended = sendmail({"-f", "ann", "bob", "carl@d.example"}, "Subject: x\n\n.hello\n");

  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(ended.out + ended.err, "");
  const auto left = dropped();
  ASSERT_THAT(left, testing::SizeIs(1));
  EXPECT_THAT(left[0], StartsWith("EHLO mail.here.example\r\nMAIL FROM:<ann@here.example> SIZE="));
  EXPECT_THAT(left[0],
              HasSubstr("RCPT TO:<bob@here.example>\r\nRCPT TO:<carl@d.example>\r\nBDAT "));
  EXPECT_THAT(left[0], EndsWith("Subject: x\r\n\r\n.hello\r\nQUIT\r\n"));
}

TEST_F(SendmailTest, SaysWhereTheMessageWaitsIfAsked) {
  std::filesystem::create_directories(drop_folder());
  {
    ScriptedListener gone(smtp_socket(), {});
  }  // its socket stays, and nobody listens

  const auto ended = sendmail({"-v", "bob"});

  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("waits for it in " + drop_folder().string()));
}

TEST_F(SendmailTest, AsksToTryLaterWhereItCannotLeaveTheMessage) {
  const auto without = sendmail({"bob"});
  std::filesystem::create_directories(folder_ / "state");
  std::ofstream(drop_folder()) << "a file in its place";
  const auto in_the_way = sendmail({"bob"});
  std::filesystem::remove(drop_folder());
  std::filesystem::create_directories(folder_ / "elsewhere");
  std::filesystem::create_directory_symlink(folder_ / "elsewhere", drop_folder());
  const auto linked = sendmail({"bob"});

  EXPECT_EQ(without.code, 75);
  EXPECT_THAT(without.err, HasSubstr(drop_folder().string() + ": No such file"));
  EXPECT_THAT(without.err, HasSubstr("greyhound run")) << "so that a person knows what to do";
  EXPECT_EQ(in_the_way.code, 75);
  EXPECT_THAT(in_the_way.err, HasSubstr("Not a directory"));
  EXPECT_EQ(linked.code, 75);
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "elsewhere"));
}

TEST_F(SendmailTest, LeavesNothingThatWouldOnlyBeRefusedLater) {
  std::filesystem::create_directories(drop_folder());
  std::string bare_lines;
  while (bare_lines.size() < (60U << 10))
    bare_lines += "x\n";  // longer with a CR each
  std::vector<std::string> too_many;
  for (int i = 0; i < 1001; ++i)
    too_many.push_back("r" + std::to_string(i) + "@d.example");

  EXPECT_EQ(sendmail({"bob"}, bare_lines).code, 65);
  EXPECT_EQ(sendmail(too_many).code, 75);
  EXPECT_TRUE(std::filesystem::is_empty(drop_folder()));
}

TEST_F(SendmailTest, KeepsAFileFromAnAgentThatAnswers) {
  std::filesystem::create_directories(drop_folder());
  for (const std::string step : {"greeting", "MAIL", "RCPT", "DATA", "."}) {
    ScriptedListener listener(smtp_socket(), {{step, "421 4.3.2 too busy"}});

    EXPECT_EQ(sendmail({"bob"}).code, 75) << step;
    ASSERT_EQ(::unlink(smtp_socket().c_str()), 0);
  }

  EXPECT_TRUE(std::filesystem::is_empty(drop_folder()));
}

TEST_F(SendmailTest, RefusesBareUsersOfThisHostWhoseMailGoesNowhere) {
  const auto ended = sendmail({"root"});

  EXPECT_EQ(ended.code, 67);
  EXPECT_THAT(ended.err, HasSubstr("local.to"));
  EXPECT_EQ(sendmail({"-t"}, "To: Postmaster\n\nhi\n").code, 67);
}

TEST_F(SendmailTest, NeedsTheAgentForADialogue) {
  const auto ended = sendmail({"-bs"});

  EXPECT_EQ(ended.code, 75);
  EXPECT_THAT(ended.err, HasSubstr(smtp_socket().string()));
}

TEST_F(SendmailTest, RefusesBadInputBeforeItConnects) {
  EXPECT_EQ(sendmail({}).code, 64);
  EXPECT_EQ(sendmail({"--no-such-option", "bob"}).code, 64);
  EXPECT_EQ(sendmail({"-t"}, "Subject: to nobody\n\nhi\n").code, 65);
  EXPECT_EQ(sendmail({"a b"}).code, 65);
  EXPECT_EQ(sendmail({"bob"}, std::string(65 << 10, 'x')).code, 65);
}

TEST_F(SendmailTest, LeavesTheQueueToTheAgent) {
  EXPECT_EQ(sendmail({"-q"}).code, 0);
  EXPECT_EQ(sendmail({"-q15m"}).code, 0);
}

TEST_F(SendmailTest, GoesByTheFolderWhereThereIsNoUnixListener) {
  std::ofstream(folder_ / "greyhound.json")
      << R"({"state_dir": ")" << (folder_ / "state").string()
      << R"(", "intake": {"listeners": [{"address": "127.0.0.1", "port": 2525}]}})";
  std::filesystem::create_directories(drop_folder());

  const auto ended = sendmail({"bob@d.example"});

  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(dropped(), testing::SizeIs(1));
}

}  // namespace
}  // namespace greyhound::cli
