/*
 * device_filter remove GROUP: takes the filters of devices away from a control group of version 2
 * device_filter add GROUP: gives it one more, which lets every device be opened
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static long bpf(int command, union bpf_attr *attributes) { return syscall(SYS_bpf, command, attributes, sizeof *attributes); }

static int take_away(int group) {
    __u32 ids[64] = {0};
    union bpf_attr query = {.query = {.target_fd = group, .attach_type = BPF_CGROUP_DEVICE, .prog_ids = (__u64)ids, .prog_cnt = 64}};
    if (bpf(BPF_PROG_QUERY, &query) < 0) return -1;
    for (__u32 i = 0; i < query.query.prog_cnt; i++) {
        union bpf_attr id = {.prog_id = ids[i]};
        int program = bpf(BPF_PROG_GET_FD_BY_ID, &id);
        union bpf_attr detach = {.target_fd = group, .attach_bpf_fd = program, .attach_type = BPF_CGROUP_DEVICE};
        if (program < 0 || bpf(BPF_PROG_DETACH, &detach) < 0) return -1;
    }
    return 0;
}

static int add(int group) {
    struct bpf_insn all[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 1}, {.code = BPF_JMP | BPF_EXIT}};
    union bpf_attr load = {.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE, .insns = (__u64)all, .insn_cnt = 2, .license = (__u64) "GPL"};
    int program = bpf(BPF_PROG_LOAD, &load);
    union bpf_attr attach = {.target_fd = group, .attach_bpf_fd = program, .attach_type = BPF_CGROUP_DEVICE, .attach_flags = BPF_F_ALLOW_MULTI};
    return program < 0 ? -1 : bpf(BPF_PROG_ATTACH, &attach);
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    int group = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (group >= 0 && (strcmp(argv[1], "add") == 0 ? add(group) : take_away(group)) == 0) return 0;
    return fprintf(stderr, "%s %s: %s\n", argv[1], argv[2], strerror(errno)), 1;
}
