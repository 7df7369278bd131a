// stdio with its buffer; what a write or the close says is passed on.
// Never renames: export.cpp does.
#include "rig/exchange/output_file.hpp"

#include <cerrno>
#include <cstring>

namespace jr {

Failure cannot_write(const std::filesystem::path& path, int error) {
  std::string name = path.filename().string();
  if (const std::size_t mark = name.find(".unfinished."); mark != std::string::npos) name = name.substr(mark + std::strlen(".unfinished."));
  const std::string shown = (path.parent_path() / name).string();
  const char* way_out = error == ENOSPC || error == EFBIG || error == EDQUOT ? ": make room there, or choose another disk; nothing was left behind."
                        : error == EACCES || error == EROFS || error == EPERM ? ": choose a folder that you may write to."
                        : error == ENOENT                                     ? ": its folder does not exist."
                                                                              : "; nothing was left behind.";
  return fail(Trouble::storage, "Writing " + shown + " failed (" + (error ? std::strerror(error) : "no reason given") + ")" + way_out);
}

Result<OutputFile> OutputFile::create(const std::filesystem::path& path) {
  OutputFile file;
  file.path_ = path;
  file.file_.reset(std::fopen(path.c_str(), "wbxe"));
  if (!file.file_) return cannot_write(path, errno);
  return file;
}

Failure OutputFile::failed() const { return cannot_write(path_, errno); }

Result<void> OutputFile::write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size()) return failed();
  return {};
}

Result<void> OutputFile::close() {
  std::FILE* file = file_.release();
  if (std::fclose(file) != 0) return failed();
  return {};
}

}  // namespace jr
