// DropPickupTest: a pickup on virtual time, in front of real files in a folder of its own.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "intake/drop_pickup.hpp"
#include "mail/drop_file.hpp"
#include "session_world.hpp"
#include "world/temp_folder.hpp"

namespace greyhound::intake {

inline const std::string letter = "Subject: x\r\n\r\n.hello\r\n.\r\nQUIT\r\n";

inline std::string envelope(const std::string& recipient) {
  return "EHLO here.example\r\nMAIL FROM:<a@b.example> BODY=8BITMIME\r\nRCPT TO:<" + recipient +
         "> NOTIFY=FAILURE\r\n";
}

inline std::string drop_file(const std::string& recipient = "c@d.example",
                             const std::string& content = letter) {
  return envelope(recipient) + mail::drop_content_command(content.size()) + content + "QUIT\r\n";
}

// While it lives we may remove nothing from the folder, which is root's. For root only.
class Powerless {
 public:
  explicit Powerless(const std::filesystem::path& folder) : folder_(folder) {
    EXPECT_EQ(::chmod(folder_.c_str(), 0555), 0);
    EXPECT_EQ(::seteuid(nobody), 0);
  }
  Powerless(const Powerless&) = delete;
  Powerless& operator=(const Powerless&) = delete;
  ~Powerless() {
    EXPECT_EQ(::seteuid(0), 0);
    EXPECT_EQ(::chmod(folder_.c_str(), mail::drop_folder_mode), 0);
  }

 private:
  static constexpr uid_t nobody = 65534;
  std::filesystem::path folder_;
};

// The files are real and so is their age: virtual time begins now.
class DropPickupTest : public testing::Test {
 protected:
  ~DropPickupTest() override {
    store_.let_go();
    if (pickup_) stop();
  }

  void start() {
    const DropPickup::Parts parts{.session = {settings_, store_, planner_, time_, log_},
                                  .sessions = time_.loop(),
                                  .disk = time_.loop()};
    pickup_ = std::make_unique<DropPickup>(time_.loop(), folder_, parts);
    pickup_->start();
    settle();
  }
  // False: it waits for something.
  bool begin_stop() {
    tasks_.spawn("stop", note_stop(pickup_.get(), &is_stopped_));
    settle();
    return is_stopped_;
  }
  void stop() {
    EXPECT_TRUE(is_stopped_ || begin_stop());
    pickup_.reset();
  }
  void start_without_mail() {
    start();
    ASSERT_TRUE(std::filesystem::is_directory(folder_));
  }
  void look_again() { time_.run_for(DropPickup::pause); }
  void age_by(Duration span) {
    time_.step_wall(span);
    look_again();
  }
  void settle() { time_.run_for(Duration(0)); }

  void put(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }
  void put_of(uid_t user, const std::string& name, const std::string& bytes) {
    put(name, bytes);
    EXPECT_EQ(::chown((folder_ / name).c_str(), user, user), 0);
  }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(folder_))
      all.push_back(entry.path().filename());
    std::sort(all.begin(), all.end());
    return all;
  }
  std::size_t count_in_log(const std::string& text) const {
    return static_cast<std::size_t>(
        std::count_if(log_.lines.begin(), log_.lines.end(), [&text](const std::string& line) {
          return line.find(text) != std::string::npos;
        }));
  }
  std::vector<std::string> recipients() const {
    std::vector<std::string> all;
    for (const auto& message : store_.messages()) {
      for (const auto& delivery : message.deliveries)
        all.push_back(delivery.recipients.at(0).recipient.address.text());
    }
    return all;
  }
  mode_t folder_mode() const {
    struct stat found{};
    EXPECT_EQ(::stat(folder_.c_str(), &found), 0);
    return found.st_mode & 07777;
  }

  static Awaitable<> note_stop(DropPickup* pickup, bool* is_stopped) {
    co_await pickup->stop();
    *is_stopped = true;
  }

  world::TempFolder temp_;
  std::filesystem::path folder_ = temp_.path() / "drop";
  world::VirtualTime time_{SystemClock().wall()};
  HeldStore store_{time_, time_.loop()};
  IntakeSettings settings_ = loopback_settings();
  DeliveryPlanner planner_ = plan_by_domain;
  EventList log_;
  TaskGroup tasks_{time_.loop()};
  std::unique_ptr<DropPickup> pickup_;
  bool is_stopped_ = false;
};

}  // namespace greyhound::intake
