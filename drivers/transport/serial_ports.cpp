// Which serial ports there are, by libserialport and sysfs.
// Never opens one.
#include <libserialport.h>

#include <cstdio>
#include <memory>

#include "drivers/transport/serial.hpp"

namespace jr {
namespace {

std::string text_or_empty(const char* text) { return text ? text : ""; }

/// bInterfaceNumber of the USB interface behind `path`, or -1. For CDC-ACM `device` is the interface
/// itself; for USB-serial chips it is a port below the interface.
int usb_interface_of(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string tty = "/sys/class/tty/" + path.substr(slash == std::string::npos ? 0 : slash + 1);
  for (const char* below : {"/device/bInterfaceNumber", "/device/../bInterfaceNumber"}) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(
        std::fopen((tty + below).c_str(), "re"), std::fclose);
    unsigned number{};
    if (file && std::fscanf(file.get(), "%2x", &number) == 1) return static_cast<int>(number);
  }
  return -1;
}

SerialPortFound describe(const sp_port* port) {
  SerialPortFound found;
  found.path = text_or_empty(sp_get_port_name(port));
  found.description = text_or_empty(sp_get_port_description(port));
  if (sp_get_port_transport(port) != SP_TRANSPORT_USB) return found;
  found.serial = text_or_empty(sp_get_port_usb_serial(port));
  found.manufacturer = text_or_empty(sp_get_port_usb_manufacturer(port));
  found.product = text_or_empty(sp_get_port_usb_product(port));
  if (sp_get_port_usb_vid_pid(port, &found.vendor_id, &found.product_id) != SP_OK)
    found.vendor_id = found.product_id = -1;
  found.usb_interface = usb_interface_of(found.path);
  return found;
}

}  // namespace

std::vector<SerialPortFound> list_serial_ports() {
  sp_port** list = nullptr;
  if (sp_list_ports(&list) != SP_OK) return {};
  const std::unique_ptr<sp_port*, void (*)(sp_port**)> owner(list, sp_free_port_list);
  std::vector<SerialPortFound> ports;
  for (sp_port** port = list; *port; ++port) ports.push_back(describe(*port));
  return ports;
}

}  // namespace jr
