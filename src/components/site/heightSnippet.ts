// The script that a teacher's page may have, so that a figure's frame follows its height; the other end of postHeight.ts.

/**
 * Trusts no message: any frame of that page can send one. Only frames that show a figure are changed, each by itself, and
 * only to a number of pixels that a figure may have.
 */
export const heightSnippet = `<script>
  addEventListener('message', ({ data, source }) => {
    if (data?.type !== 'noisebook-height' || !Number.isFinite(data.height)) return;
    const height = Math.min(4000, Math.max(200, data.height));
    for (const frame of document.querySelectorAll('iframe[src*="/embed/"]')) {
      if (frame.contentWindow === source) frame.style.height = height + 'px';
    }
  });
</script>`;
