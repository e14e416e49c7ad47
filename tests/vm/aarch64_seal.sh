# Runs in the x86_64 guest of aarch64_test.ts, behind aarch64_nodes.sh: seals all nodes for both machines. Those for the other
# one go out by the console, each behind the line `launcher NAME`.

for arch in aarch64 x86_64; do
  redpak seal --all /nodes/of-root --evaluate --certified --arch $arch >/dev/null || echo "not sealed for $arch"
  su user -s /bin/sh -c "redpak seal --all /nodes/of-user --evaluate --certified --arch $arch" >/dev/null || echo "the user's are not sealed for $arch"
  for node in $(nodes_by_name); do
    launcher=/launchers/${node%%=*}
    cp "${node#*=}/.redpak/launcher" "$launcher"
    [ $arch = x86_64 ] || { echo "launcher ${node%%=*}"; gzip -9c "$launcher" | base64; echo "end of launcher"; }
  done
done
