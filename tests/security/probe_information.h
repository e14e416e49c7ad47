/* C: what tells of the host and of others. */
#include <arpa/inet.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <sys/klog.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>

#define NAME "redpak_test_secret" /* of the key, see attributes.c, and of the socket */
#define SHARED_MEMORY 0x72656470

static bool kernel_addresses(void) {
    char line[256];
    FILE *file = fopen("/proc/kallsyms", "re");
    while (file && fgets(line, sizeof line, file)) {
        if (strtoull(line, NULL, 16) != 0) return true;
    }
    return false;
}

static bool finds_key(void) {
    return syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", NAME, 0L) >= 0;
}

static bool connects_abstract(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "\0" NAME};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    return connect(fd, (struct sockaddr *)&address, offsetof(struct sockaddr_un, sun_path) + sizeof NAME) == 0;
}

static bool connects_loopback(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(host_port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    return connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
}

static bool network_devices(void) {
    struct if_nameindex *devices = if_nameindex();
    for (; devices && devices->if_index; devices++) {
        int fd = socket(AF_INET, SOCK_DGRAM, 0);
        struct ifreq request = {0};
        snprintf(request.ifr_name, IFNAMSIZ, "%s", devices->if_name);
        /* Tunnels that the kernel makes in every namespace are down. */
        bool up = ioctl(fd, SIOCGIFFLAGS, &request) == 0 && request.ifr_flags & IFF_UP;
        if (up && strcmp(devices->if_name, "lo") != 0) return true;
    }
    return false;
}

static bool sees_many_processes(void) {
    int count = 0;
    DIR *entries = opendir("/proc");
    for (struct dirent *entry; entries && (entry = readdir(entries));) count += entry->d_name[0] >= '1' && entry->d_name[0] <= '9';
    return count > 8;
}

static bool sees_terminals(void) {
    DIR *entries = opendir("/dev/pts");
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9') return true;
    }
    return false;
}

static bool mounts_show_sources(void) {
    char line[4096], root[4096];
    FILE *file = fopen("/proc/self/mountinfo", "re");
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "%*d %*d %*s %4095s", root) == 1 && strstr(root, "/redpak-test-")) return true;
    }
    return false;
}

static bool arguments_of_init(void) {
    char text[4096] = "";
    int fd = open("/proc/1/cmdline", O_RDONLY);
    ssize_t length = read(fd, text, sizeof text);
    return init_is_other() && length > 0 && memchr(text, '/', length) != NULL;
}

#define INFORMATION(X) \
    X("A24", "mountinfo names directories of the host", mounts_show_sources()) \
    X("B05", "a variable of the caller is in the environment", getenv("HOST_SECRET") != NULL) \
    X("B06", "the launcher's environment shows in /proc/1/environ", init_is_other() && shows("/proc/1/environ", 0)) \
    X("B06", "the launcher's arguments show in /proc/1/cmdline", arguments_of_init()) \
    X("B18", "a key of the caller is found", finds_key()) \
    X("C09", "a process of the host shows", host_process_shows("status")) \
    X("C09", "processes of others show", sees_many_processes()) \
    X("C10", "addresses of the kernel show in /proc/kallsyms", kernel_addresses()) \
    X("C10", "symbols of the kernel show in /proc/kallsyms", shows("/proc/kallsyms", 0)) \
    X("C10", "keys of others show in /proc/key-users", shows("/proc/keys", 0) || shows("/proc/key-users", 0)) \
    X("C10", "timers show in /proc/timer_list", shows("/proc/timer_list", 0)) \
    X("C10", "the kernel's configuration shows", shows("/proc/config.gz", 0)) \
    X("C10", "the kernel's arguments show", shows("/proc/cmdline", 1)) \
    X("C10", "interrupts show", shows("/proc/interrupts", 0)) \
    X("C10", "the kernel's messages show", klogctl(10, NULL, 0) >= 0 || shows("/dev/kmsg", 0) || opens("/proc/kmsg", O_RDONLY)) \
    X("C10", "memory of the kernel opens", opens("/proc/kcore", O_RDONLY) || opens("/dev/mem", O_RDONLY)) \
    X("C10", "serial numbers of the machine show", shows("/sys/class/dmi/id/product_uuid", 0)) \
    X("C12", "terminals of others show", sees_terminals()) \
    X("C17", "load of the host shows", shows("/proc/loadavg", 0) || shows("/proc/pressure/cpu", 0)) \
    X("C17", "memory of the host shows", shows("/proc/meminfo", 0)) \
    X("E04", "an abstract socket of the host answers", connects_abstract()) \
    X("E04", "a service on the host's loopback answers", connects_loopback()) \
    X("E04", "devices of the host's network show", network_devices()) \
    X("E05", "shared memory of the host opens", shmget(SHARED_MEMORY, 0, 0) >= 0) \
    X("E05", "shared memory of others shows", shmctl(0, SHM_STAT, &(struct shmid_ds){0}) >= 0)
