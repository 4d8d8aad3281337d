/** A page of another site that posts a file to where a phone shares photos; `head`: of its own. */
export function foreignForm(action: string, head = '<meta name="referrer" content="no-referrer">'): string {
  return `<!doctype html>${head}<form method="post" enctype="multipart/form-data" action="${action}">
    <input type="file" name="files"></form><script>
    const files = new DataTransfer();
    files.items.add(new File(["x"], "foreign.png", { type: "image/png" }));
    document.querySelector("input").files = files.files;
    document.querySelector("form").submit();</script>`;
}
