import-overtaken = 다른 가져오기 작업이 같은 레코드를 추가하고 있습니다. 끝난 뒤 다시 가져와 주십시오.
import-unreadable = { $source } 파일을 읽을 수 없습니다: { $cause }.
import-header = { $source } 파일의 머리글이 이 가져오기와 맞지 않습니다. 없는 열: { $missing }.
import-truncated = { $source } 파일이 잘려 있습니다. { $line }번째 줄 다음에서 압축이 끊겼습니다. 그 앞의 온전한 레코드는 가져왔습니다. 온전한 파일로 다시 가져와 주십시오.
import-broken = { $source } 파일이 { $line }번째 줄 다음에서 손상되었습니다: { $cause }. 그 앞의 온전한 레코드는 가져왔습니다. 온전한 파일로 다시 가져와 주십시오.
