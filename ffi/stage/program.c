/* The program's process: what is left to do before it is the program. */
#include "bytes.h"
#include "init.h"
#include "walk.h"

#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin"


/* Copies a list of texts as the kernel wants it; returns the end. */
static const char **copy_texts(const char **end, struct reader *operands) {
    for (uint32_t count = take_number(operands); count; count--) *end++ = take_text(operands);
    return end;
}

const char *const *callers_environment(const struct stage *stage) {
    return (const char *const *)(stage->caller + stage->caller[0] + 2);
}

const char *find_variable(const char *const *environment, const char *name) {
    for (; *environment; environment++) {
        const char *value = after(*environment, name);
        if (value && *value == '=') return value + 1;
    }
    return NULL;
}

/* Whether `name` up to its "=" is one of the texts. */
static bool is_listed(struct reader texts, const char *variable) {
    for (uint32_t count = take_number(&texts); count; count--) {
        const char *rest = after(variable, take_text(&texts));
        if (rest && *rest == '=') return true;
    }
    return false;
}

/* Whether two variables have the same name. */
static bool is_same_variable(const char *a, const char *b) {
    while (*a == *b && *a && *a != '=') a++, b++;
    return *a == '=' && *b == '=';
}

/* Returns the new end. */
static const char **set_variable(const char **environment, const char **end, const char *assignment, bool keeps) {
    while (environment != end && !is_same_variable(*environment, assignment)) environment++;
    bool is_new = environment == end;
    if (is_new || !keeps) *environment = assignment;
    return end + is_new;
}

/* The caller's environment as far as the program gets it, then the plan's. Returns the end. */
static const char **pass_on(const struct stage *stage, const char **environment, struct reader *texts) {
    struct reader names = stage->passed_on, removed = names;
    for (uint32_t count = take_number(&removed); count; count--) take_text(&removed);
    bool takes_all = take_number(&removed);
    const char **end = environment;
    for (const char *const *variable = callers_environment(stage); *variable; variable++) {
        if (takes_all ? !is_listed(removed, *variable) : is_listed(names, *variable)) *end++ = *variable;
    }
    for (uint32_t count = take_number(texts); count; count--) {
        const char *assignment = take_text(texts);
        /* Of the variables that are inherited by name, the plan has what they are where the caller has none. */
        end = set_variable(environment, end, assignment, is_listed(names, assignment));
    }
    return end;
}

static const char *search_path(const char **environment) {
    for (; *environment; environment++) {
        const char *path = after(*environment, "PATH=");
        if (path) return path;
    }
    return DEFAULT_PATH;
}

/* Executes `file`; ENOENT with something there is about what it needs, and is told apart. */
static int execute_file(struct stage *stage, const char *file, const char **arguments, const char **environment) {
    int error = CALL(execve, file, arguments, environment);
    if (error == -ENOENT && CALL(faccessat, AT_FDCWD, file, 0) == 0) stage->detail = DETAIL_INTERPRETER;
    return error;
}

static bool is_absent(const struct stage *stage, int error) {
    return (error == -ENOENT && stage->detail == DETAIL_NONE) || error == -ENOTDIR;
}

/* As execvp(3), but without handing scripts that lack "#!" to a shell. */
static int search(struct stage *stage, const char *path, char *file, const char **arguments,
                   const char **environment) {
    const char *name = arguments[0];
    size_t name_length = length_of(name);
    bool was_denied = false;
    for (;;) {
        size_t length = 0;
        while (path[length] && path[length] != ':') length++;
        if (length + name_length + 2 <= PATH_SIZE) {
            memcpy(file, path, length);
            if (length) file[length] = '/';
            append(file + length + (length != 0), name);
            int error = execute_file(stage, file, arguments, environment);
            if (error == -EACCES) was_denied = true;
            else if (!is_absent(stage, error)) return error;
        }
        if (!path[length]) return was_denied ? -EACCES : -ENOENT;
        path += length + 1;
    }
}

/*
 * The lists and the paths to try need room that the plan decides about. It must not be the stack, which the plan may
 * just have limited: this can fail, that would crash.
 */
int execute(struct stage *stage, struct reader *operands) {
    size_t plan_size = (size_t)(operands->end - operands->at);
    size_t given = 0;
    const char *const *arguments_given = (const char *const *)(stage->caller + 2);
    if (stage->passed_on.at) {
        while (arguments_given[given]) given++;
        for (const char *const *variable = callers_environment(stage); *variable; variable++) given++;
    }
    /* A text takes 8 bytes of the plan at least, as much as its pointer; the lists end with NULL, and PWD and LISTEN_PID may be new. */
    size_t size = plan_size + (given + 5) * sizeof(char *) + 2 * PATH_SIZE;
    long address = CALL(mmap, NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (address < 0 && address > -4096) return (int)address;
    char *file = (char *)address;
    char *assignment = file + PATH_SIZE;
    const char **arguments = (const char **)(assignment + PATH_SIZE);

    const char **environment = copy_texts(arguments, operands);
    if (stage->passed_on.at) {
        while (*arguments_given) *environment++ = *arguments_given++;
    }
    environment++;
    const char **end = stage->passed_on.at ? pass_on(stage, environment, operands) : copy_texts(environment, operands);
    if (stage->working_directory) {
        if (length_of(stage->working_directory) + sizeof "PWD=" > PATH_SIZE) return -ENAMETOOLONG;
        append(append(assignment, "PWD="), stage->working_directory);
        end = set_variable(environment, end, assignment, false);
    }
    char listening[32];
    if (stage->plan.first_closed > 3) {
        /* As the program sees itself: who reads it compares it with getpid(2). */
        append_number(append(listening, "LISTEN_PID="), (uint64_t)CALL(getpid), 10);
        set_variable(environment, end, listening, false);
    }

    /* INVARIANT: after all changes of credentials, which undo it. */
    int error = die_with_parent();
    if (error < 0) return error;
    /* The parent of PID 1 is not to be seen from here. */
    if (stage->plan.no_init ? is_abandoned(stage->control) : CALL(getppid) != stage->init) leave(EXIT_LAUNCH);
    /* Also shows that the supervisor is alive, and who we are in its namespace. */
    struct report about_to_start = {0};
    if (send_message(stage->status, &about_to_start, sizeof about_to_start) < 0) leave(EXIT_LAUNCH);
    if (stage->plan.no_init && stage->plan.detached) {
        struct order order;
        /* INVARIANT: whoever goes on without the supervisor can be found. */
        if (CALL(read, stage->control, &order, sizeof order) != sizeof order) leave(EXIT_LAUNCH);
        control_process(PR_SET_PDEATHSIG, 0, 0);
    }
    signal_set none = 0;
    error = CALL(rt_sigprocmask, 2 /* SIG_SETMASK */, &none, NULL, sizeof none);

    if (error < 0) return error;
    if (!*arguments[0]) error = -ENOENT;
    else {
        const char *slash = arguments[0];
        while (*slash && *slash != '/') slash++;
        error = *slash ? execute_file(stage, arguments[0], arguments, environment)
                       : search(stage, search_path(environment), file, arguments, environment);
    }
    stage->exit_code = is_absent(stage, error) ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
    return error;
}
