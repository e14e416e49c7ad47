/**
 * Scripts that let shells complete command lines. They know nothing: what can stand where is said by `redpak complete`,
 * that is by the command table of the very program that will be run.
 */
export const COMPLETION_SCRIPTS = {
  bash: `# Load it with: source <(redpak completions bash)
# or for all users: redpak completions bash >/usr/share/bash-completion/completions/redpak
_redpak() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <("$1" complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [[ \${COMPREPLY[0]-} == */ ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -o default -F _redpak redpak`,

  zsh: `#compdef redpak
# Load it with: source <(redpak completions zsh)
# or for all users: redpak completions zsh >/usr/share/zsh/site-functions/_redpak
_redpak() {
  local line word
  local -a closed open
  for line in "\${(@f)$("$words[1]" complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    word="\${line%%$'\\t'*}"
    if [[ -z $word ]]; then continue; fi
    if [[ $word == */ ]]; then open+=("$word"); else closed+=("$word:\${line#*$'\\t'}"); fi
  done
  if (( $#open )); then compadd -S '' -- "$open[@]"; fi
  if (( $#closed )); then _describe redpak closed; fi
  if (( ! $#open && ! $#closed )); then _files; fi
}
if [[ $funcstack[1] == _redpak ]]; then _redpak "$@"; else compdef _redpak redpak; fi`,

  fish: `# Load it with: redpak completions fish | source
# or for all users: redpak completions fish >/usr/share/fish/vendor_completions.d/redpak.fish
function __redpak_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    $words[1] complete -- $words[2..-1] "$current" 2>/dev/null
end
complete -c redpak -f -a '(__redpak_complete)'
complete -c redpak -n 'test -z "$(__redpak_complete)"' -F`,
} as const;
