-- Beside a page of the manual lie no files: a link to another page of ours becomes what it reads.
function Link(link)
  if not link.target:match("^%a+:") then
    return link.content
  end
end
